"""PruMerge+: the attention outliers and evenly spaced tokens, each gathering the ones like it."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.needs import saliency_of
from tokcomp_cli.compress.prumerge import NEEDS, gather
from tokcomp_cli.compress.selection import evenly_spaced, top, without
from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.core.tokens import Compressed, TokenSet


def outliers(saliency: Tensor) -> int:
    """Return how many values lie more than 1.5 interquartile ranges above the third quartile."""
    values = saliency.double()
    first, third = values.quantile(0.25), values.quantile(0.75)
    return int((saliency > third + 1.5 * (third - first)).sum())


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return the saliency outliers and evenly spaced others, each the weighted mean of what it owns."""
    saliency = saliency_of(tokens, METHOD.name)
    salient = top(saliency, min(max(1, outliers(saliency)), (num_keep + 1) // 2))
    rest = without(len(tokens), salient)
    spread = rest[evenly_spaced(len(rest), num_keep - len(salient))] if num_keep > len(salient) else rest[:0]
    return gather(tokens, torch.cat([salient, spread]), method=METHOD.name)


METHOD = Method(
    name="prumerge+",
    stage="spatial",
    rule="keep the saliency outliers and evenly spaced tokens, each the weighted mean of those nearest to it",
    paper="arXiv 2403.15388 (LLaVA-PruMerge, ICCV 2025)",
    compress=compress,
    needs=NEEDS,
    weighted=True,
    defaults=("outliers: 1.5 interquartile ranges, at most half of the tokens",),
    deviations=("evenly spaced tokens fill up to the asked count",),
)
