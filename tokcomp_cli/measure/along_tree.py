"""What is lost along a dendrogram, merge by merge, of frames that are known whole."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain, groupby

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.linalg import vector_norm

from tokcomp_cli.compress.dendrogram import Dendrogram
from tokcomp_cli.measure.reservoir import SampledFrame

Array = npt.NDArray[np.float64]
Owned = Sequence[tuple[SampledFrame, Tensor]]
"""Frames of a merged frame, and the token of each of their patches, int64, (P,)."""


def lost_along(content: Tensor, sizes: Tensor, tree: Dendrogram, frames: Owned) -> tuple[float, Array]:
    """Return what frames lose before any merge, and what each merge of a tree adds, float64, (L - 1,).

    Patches count as much as they are salient, while a token is the mean of all that it owns: with W what a
    token's patches count, S the sum of their content so counted and Q that of its square, the token y loses
    Q - 2 y S + W |y|^2.

    Args:
        content: Content of the tokens, (L, D).
        sizes: Patches that each stands for, (L,).
        tree: Their dendrogram.
        frames: All of their patches are owned.
    """
    added = np.zeros(len(tree.heights))
    if not frames:
        return 0.0, added
    token, size = content.double().numpy().copy(), sizes.double().numpy().copy()
    total, counted, square = _owned(len(token), frames)
    lost = square - 2 * np.einsum("ld,ld->l", token, total) + counted * np.einsum("ld,ld->l", token, token)
    base = float(lost.sum())
    for step, (i, j) in enumerate(tree.merges.tolist()):
        both = size[i] + size[j]
        token[i] += size[j] / both * (token[j] - token[i])
        total[i] += total[j]
        size[i], counted[i], square[i] = both, counted[i] + counted[j], square[i] + square[j]
        before = lost[i] + lost[j]
        lost[i] = square[i] + token[i] @ (counted[i] * token[i] - 2 * total[i])
        added[step] = lost[i] - before
    return base, added


def _owned(count: int, frames: Owned) -> tuple[Array, Array, Array]:
    """Return S, W and Q as above, summed over what each of so many tokens owns."""
    total = torch.zeros(count, frames[0][0].content.shape[1], dtype=torch.float64)
    counted, square = torch.zeros(2, count, dtype=torch.float64)
    for owner, *sums in _by_patch(frames):
        for mine, theirs in zip((total, counted, square), sums, strict=True):
            mine.index_add_(0, owner, theirs)
    return total.numpy(), counted.numpy(), square.numpy()


def _by_patch(frames: Owned) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Yield owners, (P,), and the sums over neighbouring frames that share them, float64, (P, ...)."""
    for _, alike in groupby(frames, key=lambda one: tuple(one[1].tolist())):
        first, owner = next(alike)
        content = first.content.new_zeros(first.content.shape, dtype=torch.float64)
        counted, square = torch.zeros(2, len(owner), dtype=torch.float64)
        for frame, _ in chain([(first, owner)], alike):
            counts = frame.weight * frame.counts
            content += counts[:, None] * frame.content
            counted += counts
            square += counts.double() * vector_norm(frame.content, dim=1).double().square()
        yield owner, content, counted, square


def by_group(frames: Sequence[SampledFrame], starts: Sequence[int]) -> dict[int, list[SampledFrame]]:
    """Return the frames of each merged frame by its index.

    Args:
        frames: In any order.
        starts: First frame of each merged frame among the sampled ones, rising.
    """
    found: dict[int, list[SampledFrame]] = {}
    for frame in frames:
        found.setdefault(bisect_right(starts, frame.ordinal) - 1, []).append(frame)
    return found
