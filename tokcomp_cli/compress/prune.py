"""Keep the most salient tokens."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.needs import saliency_of
from tokcomp_cli.compress.selection import selected, top
from tokcomp_cli.core.tokens import Compressed, TokenSet


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return the `num_keep` most salient tokens; the others are pruned."""
    return selected(tokens, top(saliency_of(tokens, METHOD.name), num_keep))


METHOD = Method(
    name="prune",
    stage="spatial",
    rule="keep the tokens with the most class attention",
    paper="the rule that FastV (arXiv 2403.06764) and most pruning papers start from",
    compress=compress,
    needs=frozenset({"saliency"}),
    merges=False,
)
