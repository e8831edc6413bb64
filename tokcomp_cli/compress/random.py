"""Random selection: the control that every method must beat."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.selection import selected
from tokcomp_cli.core.lazy import Generator, torch
from tokcomp_cli.core.tokens import Compressed, TokenSet


def compress(tokens: TokenSet, *, num_keep: int, generator: Generator) -> Compressed:
    """Return `num_keep` tokens drawn without replacement."""
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
