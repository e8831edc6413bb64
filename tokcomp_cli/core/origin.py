"""Where every original patch is now: composition of owners, and the conservation laws."""

from __future__ import annotations

from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.errors import ContractError


def follow(origin: Tensor, owner: Tensor) -> Tensor:
    """Return where each original patch lands after one more stage, int64, (P,).

    Args:
        origin: Current token of each patch, or -1, int64, (P,).
        owner: Next token of each current token, or -1, int64, (N,).
    """
    return torch.where(origin >= 0, owner[origin.clamp(min=0)], -1)


def gather_sum(values: Tensor, owner: Tensor, num_tokens: int) -> Tensor:
    """Return the sum of what each token owns, of the dtype of `values`, (K, ...); pruned ones are left out.

    Args:
        values: One row for each owned thing, (N, ...).
        owner: Token that owns each row, or -1, int64, (N,).
        num_tokens: K.
    """
    kept = owner >= 0
    total = values.new_zeros((num_tokens, *values.shape[1:]))
    if kept.all():  # The usual case, without a copy of all values.
        return total.index_add_(0, owner, values)
    return total.index_add_(0, owner[kept], values[kept])


def merge_mean(features: Tensor, sizes: Tensor, owner: Tensor, num_tokens: int) -> tuple[Tensor, Tensor]:
    """Return the size-weighted mean of what each token owns, (K, D), and its size, int64, (K,).

    A token that owns a single row keeps that row bit for bit.
    """
    merged_sizes = gather_sum(sizes, owner, num_tokens)
    mean = gather_sum(features * sizes.double()[:, None], owner, num_tokens) / merged_sizes[:, None]
    return mean.to(features.dtype), merged_sizes


def first_owned(owner: Tensor, num_tokens: int) -> Tensor:
    """Return the earliest row that each token owns, int64, (K,); N where it owns none."""
    kept = (owner >= 0).nonzero().squeeze(1)
    first = owner.new_full((num_tokens,), owner.shape[0])
    return first.scatter_reduce_(0, owner[kept], kept, reduce="amin")


def check_owner(owner: Tensor, sizes_in: Tensor, sizes_out: Tensor, *, method: str) -> None:
    """Check one method's result: kept mass and raster order.

    Args:
        owner: Kept token of each input token, or -1, int64, (N,).
        sizes_in: Sizes of the input tokens, int64, (N,).
        sizes_out: Sizes that the method returned, int64, (K,).
        method: Name for the message.

    Raises:
        ContractError: An owner out of range, a kept token that owns nothing, a size that is not the
            sum of what is owned, or tokens not in the order of their earliest patch.
    """
    kept = sizes_out.shape[0]
    if owner.shape != sizes_in.shape or (owner.numel() and (owner.min() < -1 or owner.max() >= kept)):
        raise ContractError(f"method {method} returned owners outside -1..{kept - 1}; this is a bug in it")
    if not torch.equal(gather_sum(sizes_in, owner, kept), sizes_out):
        raise ContractError(f"method {method} returned sizes that are not the sums of what it owns")
    first = first_owned(owner, kept)
    if (first.diff() <= 0).any() or (kept and first.max() >= owner.shape[0]):
        raise ContractError(f"method {method} returned tokens that are not in raster order")


def check_conservation(origin: Tensor, sizes: Tensor, num_patches: int) -> None:
    """Check that no original patch was lost or counted twice.

    Args:
        origin: Token of each original patch, or -1, int64, (P,).
        sizes: Original patches of each token, int64, (N,).
        num_patches: P.

    Raises:
        ContractError: `sizes` differ from the count in `origin`, or kept and pruned do not add up to P.
    """
    owned = origin[origin >= 0]
    if not torch.equal(torch.bincount(owned, minlength=sizes.shape[0]), sizes):
        raise ContractError(
            "token sizes differ from the patches that name them as origin; please report this"
        )
    if owned.numel() + int((origin < 0).sum()) != num_patches or origin.shape[0] != num_patches:
        raise ContractError(f"kept and pruned patches do not add up to {num_patches}; please report this")
