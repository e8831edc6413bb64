"""What several methods share: co-located similarity, and results from owners."""

import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.origin import merge_mean
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


def merged(tokens: TokenSet, owner: Tensor) -> Compressed:
    """Return each owner's size-weighted mean of what it owns.

    Args:
        tokens: N tokens.
        owner: Kept token of each, 0..K-1 in the order of their earliest token, int64, (N,).
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


def evenly_spaced(count: int, num_keep: int) -> Tensor:
    """Return `num_keep` evenly spaced indices below `count`, rising, int64, (K,): each cell's middle."""
    return (torch.arange(num_keep, dtype=torch.int64) * 2 + 1) * count // (2 * num_keep)
