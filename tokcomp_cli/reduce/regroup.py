"""Merge fewer frames, so that a budget finds as many tokens as it asks for."""

from dataclasses import replace

from torch import Tensor

from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.grouping import count_merged
from tokcomp_cli.reduce.video_tokens import VideoTokens

STEPS = 8


def settings_holding(
    video: VideoTokens, blank: Tensor, settings: ResolvedPlan, at_least: int
) -> tuple[ResolvedPlan, str | None]:
    """Return settings whose merged frames hold so many tokens or all, and a note where they are others.

    The threshold rises in eight steps from the one in force to 1; where that does not suffice, no frames are
    merged. Where the user chose how frames are merged, that stays.

    Args:
        video: All frames.
        blank: Blank response of the encoder, (P, D).
        settings: In force so far.
        at_least: Tokens that the merged frames have to hold.
    """
    each = settings.widest_tokens
    before = count_merged(video, blank, settings) if settings.may_split else 0
    if not settings.may_split or before * each >= at_least:
        return settings, None
    for step in range(1, STEPS + 1):
        threshold = round(settings.threshold + (1 - settings.threshold) * step / STEPS, 6)
        tried = replace(settings, threshold=threshold)
        count = count_merged(video, blank, tried)
        if count * each >= at_least:
            was = "1 merged frame was" if before == 1 else f"{before} merged frames were"
            note = f"{was} split to {count}, as the budget asks for more tokens: "
            return tried, f"{note}the threshold is {threshold:.3g} instead of {settings.threshold:g}"
    note = "no frames were merged, as the budget asks for more tokens than merged frames hold"
    return replace(settings, temporal="none"), note
