"""Ward weighted by saliency: what the encoder looks at is not merged into its ground."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.dendrogram import Dendrogram, cut
from tokcomp_cli.compress.merging import merged
from tokcomp_cli.compress.needs import saliency_of
from tokcomp_cli.compress.precision import as_array
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.lazy import np
from tokcomp_cli.core.tokens import Compressed, TokenSet

LEAST = 1e-3
"""Least weight of a patch, in parts of the mean: no patch is free."""


def tree_of(tokens: TokenSet) -> Dendrogram:
    """Return the dendrogram of tokens that weigh as much as their saliency; heights are so weighted, too.

    Args:
        tokens: N tokens with saliency.

    Raises:
        PlanError: They have none.
    """
    saliency = as_array(saliency_of(tokens, METHOD.name)).astype(np.float64)
    sizes = as_array(tokens.sizes).astype(np.float64)
    total = saliency.sum()
    share = saliency / total * sizes.sum() if total > 0 else sizes
    return dendrogram(tokens, weights=np.maximum(share, LEAST * sizes))


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` size-weighted means, by the merges that lose the least salient content."""
    return merged(tokens, cut(tree_of(tokens), num_keep))


METHOD = Method(
    name="saliency-ward",
    stage="spatial",
    rule="as ward, each patch weighing as much as its saliency, so that small things outlive their ground",
    paper="Ward 1963 with saliency as weights; ours, chosen by the answers that it keeps (docs/evidence.md)",
    compress=compress,
    tree=tree_of,
    needs=frozenset({"saliency"}),
)
