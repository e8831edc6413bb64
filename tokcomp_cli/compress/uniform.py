"""Evenly spaced selection: a control."""

import torch

from tokcomp_cli.compress._ops import evenly_spaced, selected
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.tokens import Compressed, TokenSet


def compress(tokens: TokenSet, *, num_keep: int, generator: torch.Generator) -> Compressed:  # noqa: ARG001
    """Return exactly `num_keep` tokens, evenly spaced in raster order.

    Args:
        tokens: N tokens.
        num_keep: Tokens to keep, 1 to N.
        generator: Not used; the method is deterministic.
    """
    return selected(tokens, evenly_spaced(len(tokens), num_keep))


METHOD = Method(
    name="uniform",
    stage="spatial",
    rule="keep evenly spaced tokens in raster order",
    paper="control",
    compress=compress,
    merges=False,
)
