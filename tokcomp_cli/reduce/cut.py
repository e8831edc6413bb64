"""Reduce merged frames: fewer tokens in each, and fewer merged frames where tokens are fewer still."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.compress.dendrogram import below, cut
from tokcomp_cli.core.memory import giving_back
from tokcomp_cli.core.origin import gather_sum, merge_mean
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.reduce.held_tokens import HeldTokens, hold
from tokcomp_cli.reduce.merged_frame import MergedFrame, means_of
from tokcomp_cli.reduce.spatial import carry


def reown(group: MergedFrame, features: Tensor, owner: Tensor) -> MergedFrame:
    """Return the merged frame after one more step; `tree` and `spatial_loss` stay those of before.

    Args:
        group: L tokens.
        features: Kept token vectors, (K, D).
        owner: Kept token of each, or -1, int64, (L,).
    """
    kept, before, half = len(features), group.mean, group.tokens.half
    tokens = carry(group.tokens.token_set, features, owner)
    mean, _ = merge_mean(before, group.tokens.sizes, owner, kept)
    return replace(
        group,
        parts=tuple(part.followed(owner) for part in group.parts),
        tokens=hold(tokens, half=half),
        means=means_of(mean, tokens.content, tokens.sizes, half=half),
        within=gather_sum(group.within + _moved(before, mean, group.tokens.sizes, owner), owner, kept),
    )


def averaged(group: MergedFrame, owner: Tensor, num_keep: int, within: Tensor) -> MergedFrame:
    """Return the merged frame after a step whose tokens are means of those before; no vector is made.

    Args:
        group: L tokens.
        owner: Kept token of each, or -1, int64, (L,).
        num_keep: Kept tokens.
        within: Of the kept tokens, float64, (num_keep,).
    """
    return replace(
        group,
        parts=tuple(part.followed(owner) for part in group.parts),
        tokens=group.tokens.merged(owner, num_keep),
        means=None if group.means is None else group.means.merged(owner, num_keep),
        within=within,
    )


def _moved(before: Tensor, after: Tensor, sizes: Tensor, owner: Tensor) -> Tensor:
    """Return what tokens lose by going from their own mean to a new one, float64, (L,); 0 where pruned."""
    owned, moved = owner >= 0, torch.zeros(len(owner), dtype=torch.float64)
    moved[owned] = (before[owned].double() - after[owner[owned]].double()).square().sum(1)
    return sizes * moved


def narrow(group: MergedFrame, num_keep: int) -> MergedFrame:
    """Return the merged frame cut to `num_keep` tokens through its dendrogram, 1 to L."""
    count = len(group.tokens)
    if num_keep == count:
        return group
    owner = cut(group.tree, num_keep)
    mean, _ = merge_mean(before := group.mean, group.tokens.sizes, owner, num_keep)
    moved = _moved(before, mean, group.tokens.sizes, owner)
    within = gather_sum(group.within + moved, owner, num_keep)
    return replace(
        averaged(group, owner, num_keep, within),
        tree=below(group.tree, num_keep),
        spatial_loss=group.spatial_loss[count - num_keep :],
    )


def narrowed(groups: Sequence[MergedFrame], counts: Iterable[int]) -> tuple[MergedFrame, ...]:
    """Return merged frames, each cut to so many tokens."""
    pairs = giving_back(zip(groups, counts, strict=True))
    return tuple(narrow(group, count) for group, count in pairs)


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


def concatenate(sets: Iterable[HeldTokens]) -> TokenSet:
    """Return the tokens of several merged frames as one set; a field that any of them lacks is None."""
    every = [tokens.token_set for tokens in sets]

    def field(name: str) -> Tensor | None:
        values = [getattr(tokens, name) for tokens in every]
        return None if any(value is None for value in values) else torch.cat(values)

    return TokenSet(
        features=torch.cat([tokens.features for tokens in every]),
        sizes=torch.cat([tokens.sizes for tokens in every]),
        position=torch.cat([tokens.position for tokens in every]),
        saliency=field("saliency"),
        blank=field("blank"),
        relevance=field("relevance"),
    )
