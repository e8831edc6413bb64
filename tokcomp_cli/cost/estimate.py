"""From a file's size and length to what it costs in each model."""

from collections.abc import Sequence

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.cost import CostEstimate, FileCost
from tokcomp_cli.cost.model import CostModel, Tier
from tokcomp_cli.cost.table import Chosen
from tokcomp_cli.cost.video import Clip

ANIMATION = "An animation is counted as a video; most models behind an API see its first frame only."


def file_cost(media: MediaFacts, chosen: Sequence[Chosen], *, sampling: str | None, frames: int) -> FileCost:
    """Return what a file costs in each chosen model, at each of its tiers.

    Args:
        media: The file; size as displayed.
        chosen: Models, and tiers of them.
        sampling: Rule of the frames that are sent to models that take no video; None for a picture.
        frames: How many frames that rule gives; 1 for a picture.
    """
    found: list[CostEstimate] = []
    for model, asked in chosen:
        offered = model.offered("picture" if media.kind == "image" else "video")
        found += [
            _estimate(media, model, tier, default=tier == offered[0], frames=frames)
            for tier in asked or offered
        ]
    notes = (ANIMATION,) if media.kind == "animation" else ()
    return FileCost(media, None if media.kind == "image" else sampling, tuple(found), notes)


def _estimate(media: MediaFacts, model: CostModel, tier: Tier, *, default: bool, frames: int) -> CostEstimate:
    seen_frames: int | None = None
    if media.kind == "image":
        seen = model.of_picture(tier, media.width, media.height)
    else:
        clip = Clip(media.width, media.height, media.frames_in_file, media.duration_seconds or 0.0)
        seen, seen_frames = model.of_video(tier, clip, frames)
    price = None
    if seen.tokens is not None and model.price_per_million is not None:
        price = seen.tokens * model.price_per_million / 1e6
    return CostEstimate(
        model=model.name,
        tier=tier.name,
        default=default,
        tokens=seen.tokens,
        how=seen.how,
        frames=seen_frames,
        takes_video=model.takes_video,
        formula=model.formula,
        source=model.source,
        date=model.date,
        notes=tuple(_about_this(media, model)),
        price=price,
        currency=model.currency,
    )


def _about_this(media: MediaFacts, model: CostModel) -> list[str]:
    """Return what has to be known of this file in this model."""
    notes = []
    if model.rejects_above is not None and max(media.width, media.height) > model.rejects_above:
        notes.append(f"Refused above {model.rejects_above:,} px a side: size it down before sending.")
    if media.kind != "image" and model.takes_video:
        notes += model.video_notes
    return notes
