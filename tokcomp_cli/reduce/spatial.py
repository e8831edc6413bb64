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
from tokcomp_cli.reduce.spatial_loss import dendrogram_loss, partition_loss
from tokcomp_cli.reduce.vectors import shared, smallest

Array = npt.NDArray[np.float64]


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
    content = group.sum - group.owned * blank.double()
    counts = torch.bincount(owner[owner >= 0], minlength=num_tokens)[:, None] * group.owned
    mean = gather_sum(content, owner, num_tokens) / counts
    within = gather_sum(group.square, owner, num_tokens) - counts[:, 0] * mean.square().sum(1)
    return mean.float(), within.clamp(min=0)
