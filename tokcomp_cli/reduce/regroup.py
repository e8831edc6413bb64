"""Merge fewer frames where the merged frames hold too few tokens for a budget."""

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.grouping import merged_frames
from tokcomp_cli.reduce.merged_frame import FrameAccumulator
from tokcomp_cli.reduce.video_tokens import VideoTokens

NEAREST = 2**-8
"""How near to 1 a threshold is tried: past it, frames are not merged at all."""


def merged_frames_holding(
    video: VideoTokens, blank: Tensor, settings: ResolvedPlan, at_least: int
) -> tuple[list[FrameAccumulator], str | None]:
    """Return merged frames that hold at least so many tokens, and a note where frames were merged anew.

    Where the threshold in force leaves too few merged frames, higher ones are tried, each half as far from
    1 as the last; then no frames are merged. A method or a threshold that the user set stays as it is.

    Args:
        video: All frames.
        blank: Blank response of the encoder, (P, D).
        settings: For the temporal method and its settings.
        at_least: Tokens to hold; more than the video has are not possible.
    """
    groups, patches = merged_frames(video, blank, settings), settings.facts.num_patches
    wanted = min(at_least, len(video.features) * patches)
    if len(groups) * patches >= wanted or not settings.may_split:
        return groups, None
    few = len(groups)
    for threshold in _rising(settings.threshold):
        groups = merged_frames(video, blank, replace(settings, threshold=threshold))
        if len(groups) * patches >= wanted:
            how = f"frames are merged above a similarity of {threshold:.4g} instead of {settings.threshold:g}"
            break
    else:
        groups, how = merged_frames(video, blank, settings, temporal="none"), "no frames are merged"
    return groups, (
        f"{few} merged frame{'s' * (few != 1)} would hold {few * patches:,} tokens, fewer than {wanted:,}: "
        f"{how}, which leaves {len(groups)}"
    )


def _rising(threshold: float) -> Iterator[float]:
    """Yield thresholds between one and 1, each half as far from 1 as the last."""
    apart = (1 - threshold) / 2
    while apart > NEAREST:
        yield 1 - apart
        apart /= 2
