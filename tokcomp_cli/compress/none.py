"""Keep every token."""

import torch

from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.tokens import Compressed, TokenSet


def compress(tokens: TokenSet, *, num_keep: int, generator: torch.Generator) -> Compressed:  # noqa: ARG001
    """Return all N tokens, whatever `num_keep` says."""
    return Compressed(tokens.features, tokens.sizes, torch.arange(len(tokens)))


METHOD = Method(name="none", stage="spatial", rule="keep every token", paper="identity", compress=compress)
