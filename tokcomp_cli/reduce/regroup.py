"""Merge fewer frames, so that a budget finds as many tokens as it asks for."""

from dataclasses import replace

from torch import Tensor

from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.grouping import merged_frames
from tokcomp_cli.reduce.merged_frame import FrameAccumulator
from tokcomp_cli.reduce.video_tokens import VideoTokens

STEPS = 8


def merged_frames_holding(
    video: VideoTokens, blank: Tensor, settings: ResolvedPlan, at_least: int
) -> tuple[list[FrameAccumulator], ResolvedPlan, str | None]:
    """Return merged frames that hold so many tokens or all, the settings that make them, and a note.

    The threshold rises in eight steps from the one in force to 1; where that does not suffice, no frames are
    merged. Where the user chose how frames are merged, that stays.

    Args:
        video: All frames.
        blank: Blank response of the encoder, (P, D).
        settings: In force so far.
        at_least: Tokens that the merged frames have to hold.
    """
    groups, patches = merged_frames(video, blank, settings), settings.facts.num_patches
    if not settings.may_split or len(groups) * patches >= at_least:
        return groups, settings, None
    before = len(groups)
    for step in range(1, STEPS + 1):
        threshold = round(settings.threshold + (1 - settings.threshold) * step / STEPS, 6)
        tried = replace(settings, threshold=threshold)
        groups = merged_frames(video, blank, tried)
        if len(groups) * patches >= at_least:
            was = "1 merged frame was" if before == 1 else f"{before} merged frames were"
            note = f"{was} split to {len(groups)}, as the budget asks for more tokens: "
            return groups, tried, f"{note}the threshold is {threshold:.3g} instead of {settings.threshold:g}"
    tried = replace(settings, temporal="none")
    note = "no frames were merged, as the budget asks for more tokens than merged frames hold"
    return merged_frames(video, blank, tried), tried, note
