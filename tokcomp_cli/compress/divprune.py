"""DivPrune: the tokens farthest from each other."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.farthest_point_sampling import farthest
from tokcomp_cli.compress.selection import selected
from tokcomp_cli.core.tokens import Compressed, TokenSet


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` tokens by greedy max-min of 1 - cosine; the others are pruned."""
    return selected(tokens, farthest(tokens.features, num_keep))


METHOD = Method(
    name="divprune",
    stage="spatial",
    rule="keep the tokens farthest from each other, greedily, by 1 - cosine",
    paper="arXiv 2503.02175 (DivPrune, CVPR 2025)",
    compress=compress,
    merges=False,
    deviations=("never keeps a token twice; the original returns one token 64 times on a constant picture",),
)
