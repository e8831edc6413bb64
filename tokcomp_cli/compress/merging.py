"""Results from the owner of each token, and back to the original positions. Gradients pass through."""

from __future__ import annotations

from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.core.origin import first_owned, gather_sum, merge_mean
from tokcomp_cli.core.tokens import Compressed, TokenSet
from tokcomp_cli.errors import PlanError


def merged(tokens: TokenSet, owner: Tensor) -> Compressed:
    """Return each owner's size-weighted mean of what it owns.

    Args:
        tokens: N tokens.
        owner: Kept token of each, 0..K-1 in the order of their earliest token, or -1, int64, (N,).
    """
    owner = owner.to(tokens.features.device)
    features, sizes = merge_mean(tokens.features, tokens.sizes, owner, int(owner.max()) + 1)
    return Compressed(features, sizes, owner)


def in_raster_order(label: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return owners renumbered by the earliest token of each, (N,), and the label behind each, (count,).

    Args:
        label: Any label 0..count-1 of each token, every one of them used, or -1, int64, (N,).
        count: Number of labels.
    """
    order = first_owned(label, count).argsort()
    rank = torch.empty_like(order)
    rank[order] = torch.arange(count, device=order.device)
    return torch.where(label >= 0, rank[label.clamp(min=0)], -1), order


def rebuilt(tokens: TokenSet, label: Tensor, features: Tensor) -> Compressed:
    """Return kept tokens with vectors that a method computed itself, in raster order.

    Args:
        tokens: N tokens.
        label: Row of `features` that stands for each token, or -1, int64, (N,).
        features: Kept vectors, (K, D).
    """
    owner, order = in_raster_order(label, len(features))
    sizes = gather_sum(tokens.sizes, owner, len(order))
    return Compressed(features[order].to(tokens.features.dtype), sizes, owner)


def unmerge(features: Tensor, owner: Tensor, *, fill: float = 0.0) -> Tensor:
    """Return each token's kept vector at its original position, (N, D) or (B, N, D).

    Args:
        features: Kept token vectors, (K, D) or (B, K, D).
        owner: Kept token of each input token, or -1, int64, (N,) or (B, N): a result's `owner`.
        fill: What stands where a token was pruned.

    Raises:
        PlanError: The shapes do not fit each other, or an owner is not a row of `features`.
    """
    if (
        features.ndim not in (2, 3)
        or features.shape[:-2] != owner.shape[:-1]
        or owner.ndim != features.ndim - 1
    ):
        raise PlanError(
            f"`features` must be (K, D) with `owner` (N,), or (B, K, D) with (B, N), got "
            f"{tuple(features.shape)} with {tuple(owner.shape)}; pass both from one result"
        )
    kept = features.shape[-2]
    if owner.dtype != torch.int64 or (owner.numel() and (owner.min() < -1 or owner.max() >= kept)):
        raise PlanError(f"`owner` must hold int64 from -1 to {kept - 1}; pass both from one result")
    rows = features.take_along_dim(owner.clamp(min=0)[..., None], dim=-2)
    return rows.masked_fill((owner < 0)[..., None], fill)
