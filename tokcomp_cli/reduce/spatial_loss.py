"""What the spatial stage alone loses, from the sum of the frames' Gram matrices."""

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.compress.dendrogram import Dendrogram
from tokcomp_cli.core.origin import first_owned

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.integer]


def partition_loss(gram: Tensor, owner: Tensor, num_tokens: int, *, merges: bool) -> float:
    """Return what a partition of the grid loses in owned patches, summed over the frames in the Gram matrix.

    Args:
        gram: Sum over frames of content times its transpose, float64, (P, P).
        owner: Token of each patch, or -1, int64, (P,).
        num_tokens: K.
        merges: Whether tokens are means of what they own; else each is its earliest patch.

    Returns:
        NaN where the matrix was not kept.
    """
    if not gram.numel():
        return math.nan
    kept = (owner >= 0).nonzero().squeeze(1)
    own = gram.diagonal()[kept].sum()
    if not merges:
        first = first_owned(owner, num_tokens)[owner[kept]]
        return max(0.0, float(own - 2 * gram[kept, first].sum() + gram[first, first].sum()))
    member = torch.zeros(num_tokens, gram.shape[0], dtype=gram.dtype)
    member[owner[kept], kept] = 1
    together = ((member @ gram) * member).sum(1)
    return max(0.0, float(own - (together / member.sum(1)).sum()))


def dendrogram_loss(gram: Tensor, tree: Dendrogram) -> Array:
    """Return what the spatial stage loses at P, P - 1, ..., 1 tokens, summed over the frames, float64, (P,).

    A cluster's tokens hold the energy 1'G1 / n of its patches, with 1 its indicator; a merge loses what its
    two clusters hold beyond the one that it makes. In an order in which every cluster is a run of patches,
    1'G1 is the sum of a square of the matrix: four entries of its sums over rows and columns. NaN where the
    matrix was not kept.
    """
    if not gram.numel():
        return np.full(tree.num_tokens, np.nan)
    runs = [[patch] for patch in range(tree.num_tokens)]
    sizes = np.empty((len(tree.merges), 2), np.int64)
    for step, (i, j) in enumerate(tree.merges.tolist()):
        sizes[step] = len(runs[i]), len(runs[j])
        runs[i] += runs[j]
    order = np.array(runs[0])
    place = np.argsort(order)
    sums = np.zeros((len(order) + 1, len(order) + 1))
    sums[1:, 1:] = gram.numpy()[order][:, order].cumsum(0).cumsum(1)
    start = place[tree.merges[:, 0]]
    middle, end = start + sizes[:, 0], start + sizes.sum(1)
    apart = _held(sums, start, middle) + _held(sums, middle, end)
    return np.concatenate([[0.0], np.maximum(apart - _held(sums, start, end), 0.0).cumsum()])


def _held(sums: Array, start: Indices, end: Indices) -> Array:
    """Return the energy that the token of each run of patches holds, (M,), from sums over a Gram matrix."""
    square: Array = sums[end, end] - sums[start, end] - sums[end, start] + sums[start, start]
    return square / (end - start)
