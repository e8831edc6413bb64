"""Frames sent small: what they share with a larger one after them is seen in that one, the rest in them.

Frames and tier are chosen together so. Each sort of writing is sent once at a tier at which it can be read;
another frame of that screen, in which a face or a pointer moved, needs only the tier that shows what moved.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.core.results.sending import SentFile, SentPicture, Small
from tokcomp_cli.cost.model import CostModel, Tier
from tokcomp_cli.cost.seen import Seen
from tokcomp_cli.difficulty.ocr import Reader
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.export.sent_size import Size, sent_size
from tokcomp_cli.export.survival import Pictures, Pixels
from tokcomp_cli.export.tiers import judged

CHANGED = 12
"""Difference of a small picture's pixel, in levels of one colour, from which it counts as changed."""
MOST_CHANGED = 0.5
"""Share of the picture above which a frame is sent as large as the first."""
MOST_FRAMES = 32
"""Most frames of an input of which some are sent small; all are held in memory."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A tier that costs less than the one at which the input is sent.

    Attributes:
        tier: Of the model.
        size: Width and height that a frame is sent at.
        seen: What the model makes of it: tokens, and the size that it is brought to.
    """

    tier: Tier
    size: Size
    seen: Seen


def offers_below(model: CostModel, tokens: int, width: int, height: int) -> list[Offer]:
    """Return tiers that cost less than so many tokens for a frame of a size, the cheapest first."""
    found: list[tuple[int, int, int, Offer]] = []
    for tier in model.offered("picture"):
        size = sent_size(model, tier, width, height)
        seen = model.of_picture(tier, *size)
        if seen.size is not None and seen.tokens is not None and seen.tokens < tokens:
            found.append((seen.tokens, -seen.size[0] * seen.size[1], len(found), Offer(tier, size, seen)))
    return [offer for *_, offer in sorted(found)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame as the model is shown it.

    Attributes:
        picture: Itself where it is sent large, else what is told by it and the large one, (H, W, 3).
        small: How it is sent small; None where it is sent large.
    """

    picture: Pixels
    small: Small | None


def shown_frames(
    frames: Iterator[Pixels],
    about: Sequence[tuple[float, int]],
    offers: Sequence[Offer],
    encoder: Encoder,
    reader: Reader | None,
    *,
    target: float,
) -> list[Shown]:
    """Return how each frame is sent: small, at the cheapest tier that is enough beside the next large one.

    From the last to the first, as writing gathers on a screen: the later frame has what was there before.

    Args:
        frames: As displayed, uint8, (H, W, 3), of one size, in order of time; all are held.
        about: Seconds of each, and the number of its screen of writing. One of another screen is sent small
            only where words are read.
        offers: Tiers that cost less, the cheapest first.
        encoder: In whose features content is compared.
        reader: Reads words; None to judge by content alone.
        target: Content that is to be left.
    """
    large: Pixels | None = None
    at, of = 0.0, -1
    found: list[Shown] = []
    for frame, (seconds, screen) in reversed(list(zip(frames, about, strict=True))):
        shown = None
        if large is not None and (screen == of or reader is not None):
            shown = _small(frame, large, at, offers, encoder, reader, target)
        if shown is None:
            large, at, of = frame, seconds, screen
        found.append(shown or Shown(frame, None))
    return found[::-1]


def _small(
    frame: Pixels,
    large: Pixels,
    at: float,
    offers: Sequence[Offer],
    encoder: Encoder,
    reader: Reader | None,
    target: float,
) -> Shown | None:
    full: Pictures | None = None
    for offer in offers:
        told, changed = beside(frame, large, offer.seen.size or offer.size)
        if changed.mean() > MOST_CHANGED:
            continue
        full = full or Pictures([frame], encoder, reader)
        left = full.against([told])
        tier = judged(offer.tier, offer.seen, left, target=target, default=False)
        if tier.enough:
            return Shown(told, Small(tier, offer.size, offer.seen.tokens or 0, at))
    return None


def beside(frame: Pixels, large: Pixels, seen: Size) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """Return what a small frame and a large one tell together, and where they differ, (H, W).

    Where the two look the same at the small size, the large one is believed; elsewhere the small one,
    enlarged. Nothing is used that is not sent.

    Args:
        frame: uint8, (H, W, 3).
        large: Of the same size.
        seen: Width and height that the small one is brought to.
    """
    height, width = frame.shape[:2]
    small, before = (ArrayPicture(one).scaled((seen[1], seen[0])) for one in (frame, large))
    differs = (cv2.absdiff(small, before).max(2) > CHANGED).astype(np.uint8)
    differs = cv2.dilate(differs, np.ones((3, 3), np.uint8))
    changed = cv2.resize(differs, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    enlarged = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.where(changed[..., None], enlarged, large), dtype=np.uint8), changed


def with_small(
    one: SentFile,
    model: CostModel,
    frames: Callable[[SentFile], Iterator[Pixels]],
    encoder: Encoder,
    reader: Reader | None,
    *,
    target: float,
) -> SentFile:
    """Return an input with the frames that are enough small beside a large one after; fewer tokens, if any.

    Pictures and contact sheets stay as they are.

    Args:
        one: What is sent, all frames at one tier.
        model: With its tiers.
        frames: Decodes the chosen frames, in order of time.
        encoder: In whose features content is compared.
        reader: Reads words where something changed, or None.
        target: Content that is to be left.
    """
    each = one.tokens_after // max(len(one.pictures), 1)
    offers = offers_below(model, each, one.media.width, one.media.height)
    if one.grid is not None or not 2 <= len(one.pictures) <= MOST_FRAMES or not offers:
        return one
    about = [(picture.seconds or 0.0, picture.screen) for picture in one.pictures]
    shown = shown_frames(frames(one), about, offers, encoder, reader, target=target)
    pictures: list[SentPicture] = [
        replace(picture, small=told.small) for picture, told in zip(one.pictures, shown, strict=True)
    ]
    spent = sum(each if picture.small is None else picture.small.tokens for picture in pictures)
    return replace(one, pictures=tuple(pictures), tokens_after=spent)
