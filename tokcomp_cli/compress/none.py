"""Keep every token."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.lazy import torch
from tokcomp_cli.core.tokens import Compressed, TokenSet


def compress(tokens: TokenSet, **_: object) -> Compressed:
    """Return all N tokens."""
    return Compressed(tokens.features, tokens.sizes, torch.arange(len(tokens), device=tokens.sizes.device))


METHOD = Method(name="none", stage="spatial", rule="keep every token", paper="identity", compress=compress)
