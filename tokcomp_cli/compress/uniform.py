"""Evenly spaced selection: a control."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.selection import evenly_spaced, selected
from tokcomp_cli.core.tokens import Compressed, TokenSet


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return exactly `num_keep` tokens, evenly spaced in raster order."""
    return selected(tokens, evenly_spaced(len(tokens), num_keep))


METHOD = Method(
    name="uniform",
    stage="spatial",
    rule="keep evenly spaced tokens in raster order",
    paper="control",
    compress=compress,
    merges=False,
)
