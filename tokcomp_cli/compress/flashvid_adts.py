"""FlashVID's token selection: farthest points, with distances weighted by class attention."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.farthest_point_sampling import farthest
from tokcomp_cli.compress.needs import saliency_of
from tokcomp_cli.compress.selection import selected
from tokcomp_cli.core.tokens import Compressed, TokenSet


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` tokens by greedy max-min of saliency times 1 - cosine; the others are pruned."""
    weight = saliency_of(tokens, METHOD.name)
    return selected(tokens, farthest(tokens.features, num_keep, weight))


METHOD = Method(
    name="flashvid-adts",
    stage="spatial",
    rule="keep the tokens farthest from each other, the distance to each multiplied by its saliency",
    paper="FlashVID, attention and diversity based token selection; the spatial half of the method",
    compress=compress,
    needs=frozenset({"saliency"}),
    merges=False,
    deviations=("lands on the asked count and never keeps a token twice",),
)
