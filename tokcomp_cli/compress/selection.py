"""Choosing tokens by index. Ties go to the earlier token."""

from __future__ import annotations

from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.core.tokens import Compressed, TokenSet


def top(scores: Tensor, count: int) -> Tensor:
    """Return the indices of the highest scores, highest first, int64, (count,)."""
    return scores.argsort(descending=True, stable=True)[:count]


def without(count: int, chosen: Tensor) -> Tensor:
    """Return the indices below `count` that were not chosen, rising, int64."""
    free = torch.ones(count, dtype=torch.bool, device=chosen.device)
    free[chosen] = False
    return free.nonzero().squeeze(1)


def evenly_spaced(count: int, num_keep: int) -> Tensor:
    """Return evenly spaced indices below `count`, each cell's middle, rising, on the CPU, int64, (K,)."""
    return (torch.arange(num_keep, device="cpu") * 2 + 1) * count // (2 * num_keep)


def selected(tokens: TokenSet, keep: Tensor) -> Compressed:
    """Return the chosen tokens as they are, in raster order; the others are pruned.

    Args:
        tokens: N tokens.
        keep: Indices of the kept ones in any order, int64, (K,).
    """
    keep = keep.to(tokens.features.device).sort().values
    owner = keep.new_full((len(tokens),), -1)
    owner[keep] = torch.arange(len(keep), device=keep.device)
    return Compressed(tokens.features[keep], tokens.sizes[keep], owner)
