"""Tokens that another model made, ready for every method."""

import torch
from torch import Tensor

from tokcomp_cli.comparison.inputs import ComparisonInput, comparison_input
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.measure.fidelity import Original
from tokcomp_cli.measure.reservoir import Reservoir, Totals
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve
from tokcomp_cli.reduce.video_tokens import VideoTokens

LEAST_SHARE = 1e-6
THRESHOLD = 0.6


def external_input(
    features: Tensor,
    grid: tuple[int, int],
    plan: Plan,
    *,
    name: str,
    saliency: Tensor | None = None,
    keys: Tensor | None = None,
    blank: Tensor | None = None,
) -> ComparisonInput:
    """Return tokens of any model as an input for every method.

    Args:
        features: Tokens on grids of one shape, float32, (T, P, D).
        grid: Rows and columns.
        plan: For the temporal method and the budget.
        name: What made them.
        saliency: (T, P); None for the norm of the deviation from the frame's mean token.
        keys: Attention keys, (T, P, K).
        blank: Response to blank frames, (P, D); None for zero.

    Raises:
        PlanError: The budget is one that methods cannot be compared at.
    """
    frames, patches, dim = features.shape
    blank = torch.zeros(patches, dim) if blank is None else blank
    video = VideoTokens(
        features=features,
        saliency=features.sub(features.mean(1, keepdim=True)).norm(dim=2) if saliency is None else saliency,
        keys=keys,
        text=None,
        signals=(ImageSignals(0.0, 0.0),) * frames,
        pictures=None,
    )
    totals, reservoir = Totals(dim), Reservoir(seed=plan.seed)
    for ordinal, tokens in enumerate(features):
        totals.add(tokens, tokens - blank, video.saliency[ordinal])
        reservoir.add(ordinal, tokens - blank, video.saliency[ordinal])
    settings = resolve(plan, _facts(name, grid, dim, totals, given=saliency is not None))
    original = Original(
        totals=totals,
        reservoir=reservoir,
        blank=blank,
        floor=settings.facts.floor,
        frame_index=list(range(frames)),
        pts_seconds=[float(ordinal) for ordinal in range(frames)],
    )
    return comparison_input(video, original, settings, encoder=None)


def _facts(name: str, grid: tuple[int, int], dim: int, totals: Totals, *, given: bool) -> EncoderFacts:
    return EncoderFacts(
        name=name,
        architecture="not stated",
        weights_sha256=None,
        grid=grid,
        patch_size=1,
        input_size=grid,
        dim=dim,
        layer="not stated",
        saliency="as given" if given else "norm of the deviation from the frame's mean token",
        preprocessing="not stated",
        text=False,
        floor=max(LEAST_SHARE * totals.square / totals.patches, torch.finfo(torch.float32).tiny),
        threshold=THRESHOLD,
        similarity="mean",
        calibrated=False,
    )
