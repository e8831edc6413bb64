"""As few tokens of ours as explain what the model's own frames of a video explain, all but 0.01."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.cost.model import CostModel
from tokcomp_cli.cost.video import Clip
from tokcomp_cli.difficulty.ocr import Reader, missing
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.geometry import seen_by
from tokcomp_cli.export.choice import Apart, Order, chosen_of, explained_by, fewest
from tokcomp_cli.export.frame_store import FrameStore
from tokcomp_cli.export.sent_size import sent_size, tokens_at
from tokcomp_cli.export.smaller import MOST_FRAMES, offers_below, shown_frames
from tokcomp_cli.media.media import Media
from tokcomp_cli.reading.read_file import FileRead

LESS = 0.01


@dataclass(frozen=True, slots=True)
class Same:
    """Ours, beside the video as the model takes it of itself. Both are held to the same sampled frames.

    Attributes:
        whole_frames: That the model takes, evenly spread.
        whole_tokens: Of them by formula; None where the model refuses them.
        whole_explained: Share of the content of the sampled frames that they explain.
        frames: Of ours, as few as explain all but 0.01 of that.
        small: Of those, sent small beside a large one.
        tokens: Of ours.
        explained: By what is told by ours.
        left: Least content of a small frame that it and the large one tell, looked at in finer parts; None
            where none is small.
    """

    whole_frames: int
    whole_tokens: int | None
    whole_explained: float
    frames: int
    small: int
    tokens: int
    explained: float
    left: float | None


def same_explained(
    read: FileRead,
    store: FrameStore,
    ours: tuple[Apart, Order],
    media: Media,
    model: CostModel,
    encoder: Encoder,
    *,
    target: float,
) -> Same:
    """Return the fewest frames of ours that explain as much as the model's own, and what they cost.

    Args:
        read: What was read of the video.
        store: Its frames.
        ours: How far they are from each other, and their order.
        media: The open video.
        model: Samples and prices; large frames are sent at its default tier.
        encoder: Of the frames.
        target: Content of a frame that is to be left where it is sent small.
    """
    (apart, order), facts = ours, read.media
    clip = Clip(facts.width, facts.height, facts.frames_in_file, facts.duration_seconds or 0.0)
    seen, count = model.of_video(model.offered("video")[0], clip, store.seen)
    whole = explained_by(apart, _even(store, count))
    tier = model.offered("picture")[0]
    size = sent_size(model, tier, facts.width, facts.height)
    each = tokens_at(model, tier, size) or 0
    offers = offers_below(model, each, facts.width, facts.height)
    reader = Reader(threads=torch.get_num_threads()) if missing() is None else None
    frames = len(fewest(apart, order, target=whole - LESS))
    while True:
        chosen = chosen_of(apart, order, frames)
        ordinals = [store.frames[at].ordinal for at in chosen]
        about = [
            (read.seen.pts_seconds[one], int(apart.screen[at]))
            for one, at in zip(ordinals, chosen, strict=True)
        ]
        wanted = _decoded(media, [read.seen.frame_index[one] for one in ordinals])
        some = offers if frames <= MOST_FRAMES else []
        shown = shown_frames(wanted, about, some, encoder, reader, target=target)
        columns = [
            apart.squared[:, at] if one.small is None else _column(one.picture, store, encoder)
            for one, at in zip(shown, chosen, strict=True)
        ]
        told = explained_by(replace(apart, squared=np.column_stack(columns)), range(len(chosen)))
        if told >= whole - LESS - 1e-9 or frames >= len(order.frames):
            break
        frames += 1
    small = [one.small for one in shown if one.small is not None]
    left = [one.tier.survival.explained for one in small if one.tier.survival is not None]
    return Same(
        whole_frames=count,
        whole_tokens=seen.tokens,
        whole_explained=whole,
        frames=len(shown),
        small=len(small),
        tokens=each * (len(shown) - len(small)) + sum(one.tokens for one in small),
        explained=told,
        left=min(left, default=None),
    )


def _even(store: FrameStore, count: int) -> Sequence[int]:
    """Return stored frames in the middles of so many equal parts of the sampled ones."""
    places = np.asarray([frame.ordinal for frame in store.frames])
    wanted = (np.arange(min(count, store.seen)) + 0.5) * store.seen / min(count, store.seen)
    return [int(at) for at in np.unique(np.searchsorted(places, wanted.astype(int), side="right") - 1)]


def _decoded(media: Media, frames: Sequence[int]) -> Iterator[npt.NDArray[np.uint8]]:
    wanted = np.asarray(frames, dtype=np.int64)
    return (picture.rgb() for batch in media.frames(wanted, max_batch=1) for picture in batch.pictures)


def _column(picture: npt.NDArray[np.uint8], store: FrameStore, encoder: Encoder) -> npt.NDArray[np.float64]:
    shown = seen_by(encoder.facts, ArrayPicture(picture))[None]
    return np.asarray(store.squared_to(encoder.encode(shown).features[0] - encoder.blank).numpy())
