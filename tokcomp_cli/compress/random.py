"""Random selection: the control that every method must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.selection import selected
from tokcomp_cli.core.lazy import torch
from tokcomp_cli.core.tokens import Compressed, TokenSet

if TYPE_CHECKING:
    from torch import Generator


def compress(tokens: TokenSet, *, num_keep: int, generator: Generator) -> Compressed:
    """Return `num_keep` tokens drawn without replacement.

    Args:
        tokens: N tokens.
        num_keep: Tokens to keep, 1 to N.
        generator: Seeded source of the draw.
    """
    return selected(
        tokens, torch.randperm(len(tokens), generator=generator, device=generator.device)[:num_keep]
    )


METHOD = Method(
    name="random",
    stage="spatial",
    rule="keep tokens drawn at random (seeded)",
    paper="control",
    compress=compress,
    needs=frozenset({"seed"}),
    merges=False,
)
