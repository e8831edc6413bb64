"""DART: keep what repeats the pivots least."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.needs import keys_of
from tokcomp_cli.compress.precision import detached
from tokcomp_cli.compress.selection import selected, top
from tokcomp_cli.core.lazy import F, Tensor, torch
from tokcomp_cli.core.tokens import Compressed, TokenSet

PIVOTS = 4


def choose(features: Tensor, pivots: Tensor, num_keep: int, *, text_pivots: Tensor | None = None) -> Tensor:
    """Return the chosen tokens, int64, (K,), the pivots first.

    For each pivot in order, image before text, the tokens not yet kept that have the lowest cosine to
    it: an equal share each, cut off when the count is reached. Ties go to the earlier token.

    Args:
        features: Token vectors, (N, D).
        pivots: Image tokens that are kept first, at most `num_keep`, int64, (A,).
        num_keep: Tokens to choose, 1 to N.
        text_pivots: Vectors of text tokens, (B, D), or None.
    """
    unit = F.normalize(detached(features).float(), dim=1)
    reference = unit[pivots]
    if text_pivots is not None:
        reference = torch.cat([reference, F.normalize(detached(text_pivots).float(), dim=1)])
    share = -(-(num_keep - len(pivots)) // len(reference))
    chosen, taken = [pivots], len(pivots)
    alike = reference @ unit.T
    alike[:, pivots] = torch.inf
    for row in range(len(reference)):
        count = min(share, num_keep - taken)
        if count == 0:
            break
        picked = top(-alike[row], count)
        alike[:, picked] = torch.inf
        chosen.append(picked)
        taken += count
    return torch.cat(chosen)


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` tokens: pivots, and those least like them; the others are pruned."""
    pivots = top(detached(keys_of(tokens, METHOD.name)).abs().sum(1), min(PIVOTS, num_keep))
    return selected(tokens, choose(tokens.features, pivots, num_keep))


METHOD = Method(
    name="dart",
    stage="spatial",
    rule="keep the tokens with the largest keys as pivots, and those least similar to them",
    paper="arXiv 2502.11494 (DART, EMNLP 2025)",
    compress=compress,
    needs=frozenset({"keys"}),
    merges=False,
    defaults=(f"pivots {PIVOTS}",),
    deviations=(
        "reads the encoder's keys and has no text pivots: the original works inside the language model",
    ),
)
