"""What several methods share: similarity, choices with ties to the earlier token, results from owners."""

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.origin import first_owned, gather_sum, merge_mean
from tokcomp_cli.core.tokens import Compressed, TokenSet

STATISTICS = ("mean", "p10", "min")


def frame_similarity(frame: Tensor, reference: Tensor, statistic: str) -> float:
    """Return how alike two grids are, in [-1, 1]: a statistic over the cosines of co-located tokens.

    Args:
        frame: Patch tokens, (P, D).
        reference: Patch tokens at the same positions, (P, D).
        statistic: `mean`; `p10`, the 10th percentile, which a small moving object lowers; or `min`.
    """
    cosine = F.cosine_similarity(frame, reference, dim=1)
    if statistic == "mean":
        return float(cosine.mean())
    return float(cosine.quantile(0.1) if statistic == "p10" else cosine.min())


def cosines(features: Tensor) -> npt.NDArray[np.float32]:
    """Return the cosine of each pair of tokens, float32, (N, N).

    In NumPy, which sees that both factors are the same and computes one triangle: exactly symmetric,
    and in less time than a general product.

    Args:
        features: Token vectors, (N, D).
    """
    unit = F.normalize(features.float(), dim=1).numpy()
    alike: npt.NDArray[np.float32] = unit @ unit.T
    return alike


def top(scores: Tensor, count: int) -> Tensor:
    """Return the indices of the highest scores, highest first, int64, (count,); ties to the earlier."""
    return scores.argsort(descending=True, stable=True)[:count]


def without(count: int, chosen: Tensor) -> Tensor:
    """Return the indices below `count` that were not chosen, rising, int64."""
    free = torch.ones(count, dtype=torch.bool)
    free[chosen] = False
    return free.nonzero().squeeze(1)


def merged(tokens: TokenSet, owner: Tensor) -> Compressed:
    """Return each owner's size-weighted mean of what it owns.

    Args:
        tokens: N tokens.
        owner: Kept token of each, 0..K-1 in the order of their earliest token, or -1, int64, (N,).
    """
    features, sizes = merge_mean(tokens.features, tokens.sizes, owner, int(owner.max()) + 1)
    return Compressed(features, sizes, owner)


def selected(tokens: TokenSet, keep: Tensor) -> Compressed:
    """Return the chosen tokens as they are; the others are pruned.

    Args:
        tokens: N tokens.
        keep: Indices of the kept ones, rising, int64, (K,).
    """
    owner = torch.full((len(tokens),), -1, dtype=torch.int64)
    owner[keep] = torch.arange(len(keep))
    return Compressed(tokens.features[keep], tokens.sizes[keep], owner)


def in_raster_order(label: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return owners renumbered by the earliest token of each, (N,), and the label behind each, (count,).

    Args:
        label: Any label 0..count-1 of each token, every one of them used, or -1, int64, (N,).
        count: Number of labels.
    """
    order = first_owned(label, count).argsort()
    rank = torch.empty_like(order)
    rank[order] = torch.arange(count)
    return torch.where(label >= 0, rank[label.clamp(min=0)], -1), order


def rebuilt(tokens: TokenSet, label: Tensor, features: Tensor) -> Compressed:
    """Return kept tokens with vectors that a method computed itself, in raster order.

    Args:
        tokens: N tokens.
        label: Row of `features` that stands for each token, or -1, int64, (N,).
        features: Kept vectors, (K, D).
    """
    owner, order = in_raster_order(label, len(features))
    return Compressed(features[order], gather_sum(tokens.sizes, owner, len(order)), owner)


def nearest(vectors: Tensor, targets: Tensor) -> Tensor:
    """Return for each vector the index of the target with the highest cosine, int64, (N,).

    Args:
        vectors: (N, D).
        targets: (K, D).
    """
    # The length of a vector does not change which target it is nearest to.
    return (vectors @ F.normalize(targets, dim=1).T).argmax(1)


def evenly_spaced(count: int, num_keep: int) -> Tensor:
    """Return `num_keep` evenly spaced indices below `count`, rising, int64, (K,): each cell's middle."""
    return (torch.arange(num_keep, dtype=torch.int64) * 2 + 1) * count // (2 * num_keep)
