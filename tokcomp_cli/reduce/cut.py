"""Reduce merged frames: fewer tokens in each, and fewer merged frames where tokens are fewer still."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.compress.ward import below, cut
from tokcomp_cli.core.origin import follow, gather_sum, merge_mean
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.spatial import carry


def reown(group: MergedFrame, features: Tensor, owner: Tensor) -> MergedFrame:
    """Return the merged frame after one more step; `tree` and `spatial_loss` stay those of before.

    Args:
        group: L tokens.
        features: Kept token vectors, (K, D).
        owner: Kept token of each, or -1, int64, (L,).
    """
    kept = len(features)
    tokens = carry(group.tokens, features, owner)
    mean, _ = merge_mean(group.mean, group.tokens.sizes, owner, kept)
    owned = owner >= 0
    moved = torch.zeros_like(group.within)
    moved[owned] = (group.mean[owned].double() - mean[owner[owned]].double()).square().sum(1)
    within = gather_sum(group.within + group.tokens.sizes * moved, owner, kept)
    parts = tuple(replace(part, owner=follow(part.owner, owner)) for part in group.parts)
    return replace(group, parts=parts, tokens=tokens, mean=mean, within=within)


def narrow(group: MergedFrame, num_keep: int) -> MergedFrame:
    """Return the merged frame cut to `num_keep` tokens through its dendrogram, 1 to L."""
    count = len(group.tokens)
    if num_keep == count:
        return group
    owner = cut(group.tree, num_keep)
    features, _ = merge_mean(group.tokens.features, group.tokens.sizes, owner, num_keep)
    after = reown(group, features, owner)
    return replace(
        after, tree=below(group.tree, num_keep), spatial_loss=group.spatial_loss[count - num_keep :]
    )


def allocate_cut(groups: Sequence[MergedFrame], total: int) -> list[int]:
    """Return the tokens of each merged frame when one cut at equal marginal loss leaves `total` in all.

    Args:
        groups: Merged frames with their dendrograms.
        total: At least one token for each merged frame.
    """
    capacity = [len(group.tokens) for group in groups]
    heights = np.concatenate([group.tree.heights for group in groups])
    of_group = np.repeat(np.arange(len(groups)), [count - 1 for count in capacity])
    cheapest = np.argsort(heights, kind="stable")[: max(0, sum(capacity) - total)]
    merged = np.bincount(of_group[cheapest], minlength=len(groups))
    return [int(count - done) for count, done in zip(capacity, merged, strict=True)]


def allocate_uniform(groups: Sequence[MergedFrame], total: int) -> list[int]:
    """Return the tokens of each merged frame when all get the same; the rest goes to earlier ones.

    Args:
        groups: Merged frames; one with fewer tokens than its share leaves the rest to the others.
        total: At least one token for each merged frame.
    """
    capacity = [len(group.tokens) for group in groups]
    counts = [0] * len(groups)
    left = min(total, sum(capacity))
    while left:
        room = [index for index, count in enumerate(counts) if count < capacity[index]]
        share = max(1, left // len(room))
        for index in room:
            given = min(share, capacity[index] - counts[index], left)
            counts[index] += given
            left -= given
    return counts


def concatenate(sets: Sequence[TokenSet]) -> TokenSet:
    """Return several token sets as one; a field that any of them lacks is None."""

    def field(name: str) -> Tensor | None:
        values = [getattr(tokens, name) for tokens in sets]
        return None if any(value is None for value in values) else torch.cat(values)

    return TokenSet(
        features=torch.cat([tokens.features for tokens in sets]),
        sizes=torch.cat([tokens.sizes for tokens in sets]),
        position=torch.cat([tokens.position for tokens in sets]),
        saliency=field("saliency"),
        keys=field("keys"),
        blank=field("blank"),
        relevance=field("relevance"),
    )
