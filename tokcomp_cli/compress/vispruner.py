"""VisPruner: half by attention, half by dropping duplicates."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.needs import saliency_of
from tokcomp_cli.compress.selection import selected, top, without
from tokcomp_cli.compress.similarity import cosines
from tokcomp_cli.core.lazy import Tensor, np, torch
from tokcomp_cli.core.tokens import Compressed, TokenSet

IMPORTANT = 0.5
DROPPED = 8


def choose(features: Tensor, saliency: Tensor, num_keep: int, *, important: float = IMPORTANT) -> Tensor:
    """Return the chosen tokens, rising, int64, (K,).

    The most salient share is kept. The others are split again and again into even and odd ones in raster
    order, and the (up to) eight even ones most similar to any odd one are dropped.

    Args:
        features: Token vectors in raster order, (N, D).
        saliency: (N,).
        num_keep: Tokens to choose, 1 to N.
        important: Share of `num_keep` that is chosen by saliency; at least one token is.
    """
    salient = top(saliency, max(1, int(num_keep * important)))
    rest = without(len(features), salient)
    spread = num_keep - len(salient)
    alike = cosines(features[rest])
    left = np.arange(len(rest)) if spread else np.empty(0, dtype=np.int64)
    while (excess := len(left) - spread) > 0:
        closest = alike[left[0::2][:, None], left[1::2]].max(1)
        dropped = np.argsort(-closest, kind="stable")[: min(DROPPED, excess)]
        left = np.delete(left, 2 * dropped)
    return torch.cat([salient, rest[torch.from_numpy(left).to(rest.device)]]).sort().values


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` tokens, half salient, half unlike each other; the others are pruned."""
    return selected(tokens, choose(tokens.features, saliency_of(tokens, METHOD.name), num_keep))


METHOD = Method(
    name="vispruner",
    stage="spatial",
    rule="keep half by class attention; from the rest drop the most duplicated tokens, eight at a time",
    paper="arXiv 2412.01818 (VisPruner, ICCV 2025)",
    compress=compress,
    needs=frozenset({"saliency"}),
    merges=False,
    defaults=(f"important {IMPORTANT:g}", f"dropped a round {DROPPED}"),
    deviations=("one token is always chosen by saliency, so that one token is the most salient",),
)
