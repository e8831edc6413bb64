"""Close a merged frame: one spatial partition for all its frames."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.dendrogram import Dendrogram, below, cut
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.origin import first_owned, gather_sum, merge_mean
from tokcomp_cli.core.tokens import Compressed, TokenSet, grid_tokens
from tokcomp_cli.difficulty.signals import ImageSignals, grid_signals
from tokcomp_cli.encoders.relevance import relevance
from tokcomp_cli.reduce.frame_accumulator import FrameAccumulator
from tokcomp_cli.reduce.held_tokens import hold
from tokcomp_cli.reduce.merged_frame import MergedFrame, Part, means_of
from tokcomp_cli.reduce.vectors import shared, smallest

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def close(
    group: FrameAccumulator,
    *,
    grid: tuple[int, int],
    blank: Tensor,
    floor: float,
    method: Method,
    num_keep: int,
    generator: torch.Generator,
    query: Tensor | None = None,
    half: bool = False,
) -> MergedFrame:
    """Return the closed merged frame with at most `num_keep` tokens.

    Args:
        group: The open merged frame.
        grid: Rows and columns of patches.
        blank: Blank response of the encoder, (P, D).
        floor: Content energy a patch below which a picture counts as blank.
        method: Spatial method.
        num_keep: Tokens at the largest ratio that a budget may still ask for.
        generator: For methods that draw.
        query: What relevance is measured with, as `asked` returns it, (E,), or None.
        half: Whether its vectors are kept in half precision.
    """
    whole = whole_grid(group, grid, blank, query)
    num_keep = min(num_keep, len(whole))
    if method.tree is not None:
        full = tree = method.tree(whole)
        owner, tokens = torch.arange(len(whole)), whole
        if num_keep < len(whole):
            owner, tree = cut(full, num_keep), below(full, num_keep)
            tokens = carry(whole, merge_mean(whole.features, whole.sizes, owner, num_keep)[0], owner)
        spatial_loss = dendrogram_loss(group.gram, full)[len(whole) - num_keep :]
    else:
        result = compress(method, whole, num_keep, generator)
        owner = result.owner
        tokens = carry(whole, result.features, owner)
        tree = dendrogram(tokens)
        spatial_loss = np.array([partition_loss(group.gram, owner, len(tokens), merges=method.merges)])
    signals = grid_signals(
        group.signals, content=whole.content, saliency=group.saliency.float(), grid=grid, floor=floor
    )
    return assembled(
        group, tokens, owner, blank=blank, tree=tree, spatial_loss=spatial_loss, signals=signals, half=half
    )


def whole_grid(
    group: FrameAccumulator, grid: tuple[int, int], blank: Tensor, query: Tensor | None = None
) -> TokenSet:
    """Return the merged frame's tokens before any of them is merged, (P, D).

    Args:
        group: A merged frame.
        grid: Rows and columns of patches.
        blank: Blank response of the encoder, (P, D).
        query: What relevance is measured with, as `asked` returns it, (E,), or None.
    """
    answers = None
    if query is not None and group.text is not None:
        answers = relevance(group.text, query).float()
    return grid_tokens(
        group.merged,
        grid,
        frame=group.first,
        size=group.owned,
        saliency=group.saliency.float(),
        keys=None if group.keys is None else (group.keys / group.owned).float(),
        blank=blank,
        relevance=answers,
    )


def assembled(
    group: FrameAccumulator,
    tokens: TokenSet,
    owner: Tensor,
    *,
    blank: Tensor,
    tree: Dendrogram,
    spatial_loss: Array,
    signals: ImageSignals,
    half: bool = False,
) -> MergedFrame:
    """Return a closed merged frame from its frames' sums and its partition.

    Args:
        group: The open merged frame.
        tokens: Its kept tokens, (L, D).
        owner: Token of each grid position, or -1, int64, (P,).
        blank: Blank response of the encoder, (P, D).
        tree: Dendrogram of the tokens.
        spatial_loss: As in `MergedFrame`.
        signals: As in `MergedFrame`.
        half: Whether its vectors are kept in half precision.
    """
    mean, within = moments(group, owner, len(tokens), blank)
    return MergedFrame(
        parts=(Part(group.first, group.first + group.frames - 1, group.owned, smallest(owner)),),
        tokens=hold(tokens, shared(blank, owner, len(tokens)), half=half),
        means=means_of(mean, tokens.content, tokens.sizes, half=half),
        within=within,
        tree=tree,
        spatial_loss=spatial_loss,
        spatial_saliency=float(group.saliency_seen[owner >= 0].sum()),
        similarities=tuple(group.similarities),
        signals=signals,
    )


def compress(method: Method, tokens: TokenSet, num_keep: int, generator: torch.Generator) -> Compressed:
    """Return what a spatial method makes of the tokens, its contract checked.

    Raises:
        ContractError: The method has no function, lost mass or broke the order.
    """
    return method.run(tokens, num_keep, generator)


def carry(tokens: TokenSet, features: Tensor, owner: Tensor) -> TokenSet:
    """Return kept tokens with what follows from their owner map: saliency by sum, the rest by mean.

    Args:
        tokens: N tokens before.
        features: Kept token vectors, (K, D).
        owner: Kept token of each, or -1, int64, (N,).
    """
    kept = len(features)
    return TokenSet(
        features=features,
        sizes=gather_sum(tokens.sizes, owner, kept),
        position=tokens.position[first_owned(owner, kept)],
        saliency=None if tokens.saliency is None else gather_sum(tokens.saliency, owner, kept),
        keys=None if tokens.keys is None else merge_mean(tokens.keys, tokens.sizes, owner, kept)[0],
        blank=None if tokens.blank is None else merge_mean(tokens.blank, tokens.sizes, owner, kept)[0],
        relevance=None
        if tokens.relevance is None
        else merge_mean(tokens.relevance[:, None], tokens.sizes, owner, kept)[0][:, 0],
    )


def moments(group: FrameAccumulator, owner: Tensor, num_tokens: int, blank: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean content of what each token owns, (L, D), and the squared distances to it, (L,)."""
    content = group.total - group.owned * blank.double()
    counts = torch.bincount(owner[owner >= 0], minlength=num_tokens)[:, None] * group.owned
    mean = gather_sum(content, owner, num_tokens) / counts
    within = gather_sum(group.square, owner, num_tokens) - counts[:, 0] * mean.square().sum(1)
    return mean.float(), within.clamp(min=0)


def partition_loss(gram: Tensor, owner: Tensor, num_tokens: int, *, merges: bool) -> float:
    """Return what a partition of the grid loses in owned patches, summed over the frames in the Gram matrix.

    Args:
        gram: Sum over frames of content times its transpose, float64, (P, P).
        owner: Token of each patch, or -1, int64, (P,).
        num_tokens: K.
        merges: Whether tokens are means of what they own; else each is its earliest patch.
    """
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
    1'G1 is the sum of a square of the matrix: four entries of its sums over rows and columns.
    """
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
