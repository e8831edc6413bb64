"""Random selection: the control that every method must beat."""

import torch

from tokcomp_cli.compress._ops import selected
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.tokens import Compressed, TokenSet


def compress(tokens: TokenSet, *, num_keep: int, generator: torch.Generator) -> Compressed:
    """Return `num_keep` tokens drawn without replacement.

    Args:
        tokens: N tokens.
        num_keep: Tokens to keep, 1 to N.
        generator: Seeded source of the draw.
    """
    return selected(tokens, torch.randperm(len(tokens), generator=generator)[:num_keep].sort().values)


METHOD = Method(
    name="random",
    stage="spatial",
    rule="keep tokens drawn at random (seeded)",
    paper="control",
    compress=compress,
    needs=frozenset({"seed"}),
    merges=False,
)
