"""What merged frames save in a model behind an API, which takes frames and pixels, not merged tokens."""

from collections.abc import Sequence

from tokcomp_cli.core.results.cost import BeforeAfter
from tokcomp_cli.cost.model import CostModel
from tokcomp_cli.cost.video import Clip

WORTH = 0.1


def before_after(model: CostModel, clip: Clip, *, still: bool, sampled: int, kept: int) -> BeforeAfter:
    """Return what one file costs before and after.

    Args:
        model: At its default tiers.
        clip: Size and length of the file.
        still: Whether it is a picture, which is sent whole: nothing is saved.
        sampled: Frames that were looked at.
        kept: Merged frames; one picture of each is sent.
    """
    picture = model.of_picture(model.offered("picture")[0], clip.width, clip.height).tokens
    before, after = picture, picture or 0
    if not still:
        before = model.of_video(model.offered("video")[0], clip, sampled)[0].tokens
        after = kept * (picture or 0)
    frames = (1, 1) if still else (sampled, kept)
    return _made(model.name, model.price_per_million, model.currency, before, after, frames)


def together(ones: Sequence[BeforeAfter]) -> BeforeAfter:
    """Return what several files cost before and after; at least one."""
    first, known = ones[0], [one.tokens_before for one in ones if one.tokens_before is not None]
    before = sum(known) if len(known) == len(ones) else None
    after = sum(one.tokens_after for one in ones)
    frames = sum(one.frames_before for one in ones), sum(one.frames_after for one in ones)
    price = None
    if first.price_after is not None and first.tokens_after:
        price = first.price_after / first.tokens_after * 1e6
    return _made(first.model, price, first.currency, before, after, frames)


def _made(
    model: str, price: float | None, currency: str, before: int | None, after: int, frames: tuple[int, int]
) -> BeforeAfter:
    saved = None if not before else 1 - after / before
    return BeforeAfter(
        model=model,
        tokens_before=before,
        tokens_after=after,
        saved=saved,
        frames_before=frames[0],
        frames_after=frames[1],
        worth_it=saved is not None and saved >= WORTH,
        price_before=None if price is None or before is None else before * price / 1e6,
        price_after=None if price is None else after * price / 1e6,
        currency=currency,
    )
