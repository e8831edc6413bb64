"""Temporal methods over a whole video: every frame is its own merged frame, tokens may own later frames."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.dendrogram import Dendrogram, narrowest
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.origin import check_owner, first_owned, gather_sum, merge_mean
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.difficulty.signals import ImageSignals, grid_signals
from tokcomp_cli.errors import ContractError
from tokcomp_cli.reduce.held_tokens import hold
from tokcomp_cli.reduce.merged_frame import MergedFrame, Part, means_of
from tokcomp_cli.reduce.vectors import many, smallest
from tokcomp_cli.reduce.video_tokens import VideoTokens

BLOCK = 1024
UNCUT = Dendrogram(np.empty((0, 2), np.int64), np.empty(0))
"""Stands where a dendrogram would, in merged frames that nothing will cut any more."""


def whole_video(
    held: VideoTokens,
    blank: Tensor,
    grid: tuple[int, int],
    method: Method,
    *,
    num_keep: int,
    cells: Tensor | None = None,
) -> MergedFrame:
    """Return the tokens that a method keeps of all frames, as one merged frame with a part for each frame.

    Args:
        held: All frames.
        blank: Blank response of the encoder, (P, D).
        grid: Rows and columns of patches.
        method: A temporal method over the whole video.
        num_keep: Tokens to keep of the whole video.
        cells: Cell of each patch where frames were pooled before, int64, (P,); None for single patches.

    Raises:
        ContractError: The method lost mass or broke the order.
    """
    if method.compress_video is None:
        raise ContractError(f"method {method.name} does not work on a whole video")
    frames, patches, _ = held.shape
    cell = torch.arange(patches) if cells is None else cells
    count = int(cell.max()) + 1
    saliency = held.saliency
    if cells is None:
        result = method.compress_video(held.whole, num_keep=num_keep, saliency=saliency)
    else:
        ones = torch.ones_like(cells)
        pooled = torch.stack([merge_mean(frame, ones, cells, count)[0] for frame in held.frames])
        saliency = torch.stack([gather_sum(frame, cells, count) for frame in saliency])
        result = method.compress_video(pooled, num_keep=num_keep, saliency=saliency)
        del pooled
    check_owner(result.owner, torch.ones(frames * count, dtype=torch.int64), result.sizes, method=method.name)
    return owned_by(held, blank, grid, result.features, result.owner.view(frames, count)[:, cell])


def pooled_video(video: VideoTokens, blank: Tensor, grid: tuple[int, int], cells: Tensor) -> MergedFrame:
    """Return every frame's pooled tokens, none of them dropped.

    Args:
        video: All frames.
        blank: Blank response of the encoder, (P, D).
        grid: Rows and columns of patches.
        cells: Cell of each patch, int64, (P,).
    """
    everything = replace(find("temporal", "evs", whole_video=True), name="pool")
    total = len(video.features) * (int(cells.max()) + 1)
    return whole_video(video, blank, grid, everything, num_keep=total, cells=cells)


def owned_by(
    held: VideoTokens, blank: Tensor, grid: tuple[int, int], features: Tensor, owner: Tensor
) -> MergedFrame:
    """Return tokens and what each owns as one merged frame with a part for each frame.

    Args:
        held: All frames.
        blank: Blank response of the encoder, (P, D).
        grid: Rows and columns of patches.
        features: Kept token vectors, (K, D).
        owner: Kept token of each patch, or -1, int64, (T, P).
    """
    tokens, mean, within = _owned(held, blank, grid, features, owner)
    half = many(*features.shape)
    return MergedFrame(
        parts=tuple(Part(ordinal, ordinal, 1, row) for ordinal, row in enumerate(smallest(owner))),
        tokens=hold(tokens, half=half),
        means=means_of(mean, tokens.content, tokens.sizes, half=half),
        within=within,
        tree=UNCUT,
        spatial_loss=np.array([float(within.sum())]),
        spatial_saliency=float(held.saliency.double().sum()),
        similarities=(),
        signals=held.signals[0],
        whole_video=True,
    )


def _owned(
    held: VideoTokens, blank: Tensor, grid: tuple[int, int], features: Tensor, owner: Tensor
) -> tuple[TokenSet, Tensor, Tensor]:
    """Return the tokens, the mean content of what each owns, and the squared distances to it.

    Args:
        held: All frames.
        blank: Blank response of the encoder, (P, D).
        grid: Rows and columns of patches.
        features: Kept token vectors, (K, D).
        owner: Kept token of each patch, or -1, int64, (T, P).
    """
    kept = len(features)
    flat = owner.flatten()
    sizes = torch.bincount(flat[flat >= 0], minlength=kept)
    mean = torch.zeros(features.shape, dtype=torch.float64)
    square = torch.zeros(kept, dtype=torch.float64)
    for frame, row in zip(held.frames, owner, strict=True):  # A copy of all frames would double the memory.
        own = row >= 0
        content = (frame - blank).double()[own]
        mean.index_add_(0, row[own], content)
        square.index_add_(0, row[own], content.square().sum(1))
    mean /= sizes[:, None]
    within = (square - sizes * torch.linalg.vector_norm(mean, dim=1).square()).clamp_(min=0)
    means = mean.float()
    under = mean.zero_()  # The same memory again.
    for row in owner:
        own = row >= 0
        under.index_add_(0, row[own], blank.double()[own])
    under /= sizes[:, None]
    first = first_owned(flat, kept)
    patch = first % owner.shape[1]
    tokens = TokenSet(
        features=features,
        sizes=sizes,
        position=torch.stack([first // owner.shape[1], patch // grid[1], patch % grid[1]], dim=1),
        saliency=gather_sum(held.saliency.flatten(), flat, kept),
        blank=under.float(),
    )
    return tokens, means, within


def with_tree(group: MergedFrame) -> MergedFrame:
    """Return the merged frame with a dendrogram over all its tokens, so that a budget can cut it.

    Ward over all tokens needs a matrix of all pairs. Above 1,024 tokens, neighbours in time and space share
    a dendrogram, a thousand at a time, and what is left of those merges last, in the same way.

    Args:
        group: Its `tree` is replaced.
    """
    ids = np.arange(len(group.tokens))
    content, sizes, position = group.tokens.content, group.tokens.sizes, group.tokens.position
    merges: list[npt.NDArray[np.integer]] = []
    heights, floor = [], 0.0
    while len(ids) > 1:
        roots, weights = [], []
        for start in range(0, len(ids), BLOCK):
            block = slice(start, start + BLOCK)
            part = TokenSet(content[block], sizes[block], position[: len(sizes[block])])
            tree = dendrogram(part)
            mean, weight = merge_mean(part.content, part.sizes, torch.zeros_like(part.sizes), 1)
            roots.append(mean)
            weights.append(weight)
            merges.append(ids[block][tree.merges])
            heights.append(tree.heights + floor)
        content, sizes, ids = torch.cat(roots), torch.cat(weights), ids[::BLOCK]
        floor = max(float(one.max()) for one in heights if len(one)) if any(map(len, heights)) else 0.0
    every = np.concatenate([*heights, np.empty(0)])
    order = np.argsort(every, kind="stable")
    pairs = np.concatenate([*merges, np.empty((0, 2), np.int64)])
    return replace(group, tree=Dendrogram(narrowest(pairs[order], len(group.tokens)), every[order]))


def frame_signals(held: VideoTokens, blank: Tensor, facts: EncoderFacts) -> list[ImageSignals]:
    """Return what makes each frame look hard."""
    return [
        grid_signals(
            signals,
            content=features - blank,
            saliency=saliency,
            grid=facts.grid,
            floor=facts.floor,
        )
        for features, saliency, signals in zip(held.frames, held.saliency, held.signals, strict=True)
    ]
