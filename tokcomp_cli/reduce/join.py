"""Join neighbouring merged frames until so few are left."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.memory import giving_back
from tokcomp_cli.reduce.cut import concatenate, narrow
from tokcomp_cli.reduce.frame_accumulator import FrameAccumulator
from tokcomp_cli.reduce.held_tokens import hold
from tokcomp_cli.reduce.merged_frame import MergedFrame, means_of
from tokcomp_cli.reduce.vectors import Vectors, held

T = TypeVar("T")
_Spread = tuple[MergedFrame, MergedFrame | Vectors]


def join_most_similar(
    items: Sequence[T],
    count: int,
    similarity: Callable[[T, T], float],
    joined: Callable[[T, T, float], T],
) -> list[T]:
    """Return the items joined, the most similar neighbours first, until `count` are left.

    Args:
        items: In order of time.
        count: At least 1.
        similarity: Of two neighbours.
        joined: Makes one of two neighbours and their similarity.
    """
    left = list(items)
    alike = [similarity(a, b) for a, b in pairwise(left)]
    while len(left) > count:
        at = int(np.argmax(alike))
        left[at : at + 2] = [joined(left[at], left[at + 1], alike[at])]
        del alike[at]
        for near in (at - 1, at):
            if 0 <= near < len(alike):
                alike[near] = similarity(left[near], left[near + 1])
    return left


def join_accumulated(
    groups: Sequence[FrameAccumulator], count: int, alike: ContentSimilarity, blank: Tensor
) -> list[FrameAccumulator]:
    """Return settled merged frames joined until `count` are left.

    Args:
        groups: In order of time.
        count: At least 1.
        alike: Compares the content of two grids.
        blank: Blank response of the encoder, (P, D).
    """

    def similarity(before: FrameAccumulator, after: FrameAccumulator) -> float:
        return alike(before.merged - blank, after.merged - blank)

    return join_most_similar(groups, count, similarity, joined_accumulators)


def join_merged(groups: Sequence[MergedFrame], count: int, alike: ContentSimilarity) -> list[MergedFrame]:
    """Return merged frames joined until `count` are left, each with one token.

    Each is narrowed to one token at once: as many tokens as merged frames is one token each. What they are
    compared by, their content over the grid, is made from the whole ones, and kept where some were joined.

    Args:
        groups: More than `count` merged frames in order of time.
        count: At least 1.
        alike: Compares the content of two grids.
    """

    def similarity(before: _Spread, after: _Spread) -> float:
        return alike(_spread(before[1]), _spread(after[1]))

    def joined(before: _Spread, after: _Spread, similarity: float) -> _Spread:
        (left, a), (right, b) = before, after
        grid = (_spread(a) * left.frames + _spread(b) * right.frames) / (left.frames + right.frames)
        return narrow(join(left, right, similarity), 1), held(
            grid, torch.ones(len(grid)), half=left.tokens.half
        )

    spread: list[_Spread] = [(narrow(group, 1), group) for group in giving_back(groups)]
    return [group for group, _ in join_most_similar(spread, count, similarity, joined)]


def _spread(of: MergedFrame | Vectors) -> Tensor:
    return of.make() if isinstance(of, Vectors) else expanded(of)


def expanded(group: MergedFrame) -> Tensor:
    """Return the content of a merged frame's tokens over the grid, (P, D), mean over its parts by frames.

    A pruned position takes the mean of all tokens.
    """
    content = group.tokens.content
    rows = torch.cat([content, content.mean(0, keepdim=True)])
    grids = [rows[part.owner] * part.frames for part in group.parts]
    return torch.stack(grids).sum(0) / group.frames


def join(before: MergedFrame, after: MergedFrame, similarity: float) -> MergedFrame:
    """Return two neighbouring merged frames as one, with the tokens of both."""
    moved = [part.shifted(len(before.tokens)) for part in after.parts]
    tokens, mean = concatenate([before.tokens, after.tokens]), torch.cat([before.mean, after.mean])
    return MergedFrame(
        parts=(*before.parts, *moved),
        tokens=hold(tokens, half=before.tokens.half),
        means=means_of(mean, tokens.content, tokens.sizes, half=before.tokens.half),
        within=torch.cat([before.within, after.within]),
        tree=dendrogram(tokens),
        spatial_loss=before.spatial_loss,
        spatial_saliency=before.spatial_saliency + after.spatial_saliency,
        similarities=(*before.similarities, similarity, *after.similarities),
        signals=before.signals,
    )


def joined_accumulators(
    before: FrameAccumulator, after: FrameAccumulator, similarity: float
) -> FrameAccumulator:
    """Return two neighbouring merged frames as one.

    Owned frames stay the first ones: where the earlier one dropped frames, it drops the later one's too.
    """
    both = FrameAccumulator(before.first, before.signals)
    both.frames = before.frames + after.frames
    both.similarities = [*before.similarities, similarity, *after.similarities]
    both.saliency_seen = before.saliency_seen + after.saliency_seen
    owners = (before, after) if before.owned == before.frames else (before,)
    both.owned = sum(one.owned for one in owners)
    both.begin(total=torch.stack([one.sum for one in owners]).sum(0), gram=before.gram + after.gram)
    for name in ("square", "saliency", "keys", "text"):
        values: list[Tensor] = [value for one in owners if (value := getattr(one, name)) is not None]
        setattr(both, name, torch.stack(values).sum(0) if values else None)
    if any(one.blended is not None for one in owners):
        weighted = torch.stack([one.merged.double() * one.owned for one in owners])
        both.blended = (weighted.sum(0) / both.owned).float()
    return both.settle()
