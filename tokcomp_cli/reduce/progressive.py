"""The reference note's progressive descent, mended: it always ends, and lands on the budget exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tokcomp_cli.compress.content_similarity import token_similarity
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.memory import giving_back
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.reduce.cut import allocate_cut, averaged, narrowed, reown
from tokcomp_cli.reduce.held_tokens import HeldTokens
from tokcomp_cli.reduce.merged_frame import MergedFrame

MERGE_ABOVE, MERGE_TO = 2.0, 0.7
PRUNE_ABOVE, PRUNE_TO = 1.5, 0.8
DUPLICATE = 0.95


@dataclass(frozen=True, slots=True)
class Step:
    """One step: tokens over budget before it, what was done, and the merged frames after it."""

    ratio: float
    method: str
    groups: tuple[MergedFrame, ...]


def descend(groups: Sequence[MergedFrame], total: int, floor: float) -> list[Step]:
    """Return the steps from the tokens that are there down to exactly `total`.

    While more than twice the budget remains, merge to 70 %; above 1.5 times, prune the least salient to
    80 %; then drop duplicates and merge the most similar pairs. No step goes below the budget, and every
    merged frame keeps at least one token.

    Args:
        groups: Merged frames, at most `total` of them.
        total: Tokens to land on.
        floor: Least content energy of a patch.
    """
    steps: list[Step] = []
    current = tuple(groups)
    deduplicated = False
    while (count := token_count(current)) > total:
        ratio = count / total
        if ratio > MERGE_ABOVE:
            method, current = "merge", merge(current, _next(count, MERGE_TO, total))
        elif ratio > PRUNE_ABOVE:
            method, current = "prune", prune(current, _next(count, PRUNE_TO, total))
        elif not deduplicated:
            method, current, deduplicated = "deduplicate", deduplicate(current, total, floor), True
        else:
            method, current = "merge pairs", merge(current, total)
        if token_count(current) < count:
            steps.append(Step(ratio, method, current))
    return steps


def _next(count: int, share: float, total: int) -> int:
    """Return the tokens after a step: a share of `count`, at least one fewer, never below the budget."""
    return max(total, min(count - 1, half_up(count * share)))


def token_count(groups: Sequence[MergedFrame]) -> int:
    """Return the tokens of all merged frames."""
    return sum(len(group.tokens) for group in groups)


def merge(groups: Sequence[MergedFrame], total: int) -> tuple[MergedFrame, ...]:
    """Return the merged frames after the cheapest merges, one common cut, `total` tokens in all."""
    return narrowed(groups, allocate_cut(groups, total))


def prune(groups: Sequence[MergedFrame], total: int) -> tuple[MergedFrame, ...]:
    """Return the merged frames without their least salient tokens; each keeps its most salient one.

    Saliency is compared per frame, so that a long merged frame is not kept for its length.
    """
    scores = [saliency(group.tokens) / group.frames for group in groups]
    best = [int(score.argmax()) for score in scores]
    for score, index in zip(scores, best, strict=True):
        score[index] = torch.inf
    order = torch.cat(scores).argsort(descending=True, stable=True)
    keep = torch.zeros(len(order), dtype=torch.bool)
    keep[order[:total]] = True
    pieces = torch.split(keep, [len(score) for score in scores])
    return tuple(select(group, piece) for group, piece in giving_back(zip(groups, pieces, strict=True)))


def saliency(tokens: HeldTokens) -> Tensor:
    """Return a copy of the tokens' saliency, (N,); all equal where the encoder gives none."""
    return torch.ones(len(tokens)) if tokens.saliency is None else tokens.saliency.clone()


def select(group: MergedFrame, keep: Tensor) -> MergedFrame:
    """Return the merged frame with the chosen tokens, bool (N,); the others are pruned."""
    if keep.all():
        return group
    owner = torch.where(keep, keep.cumsum(0) - 1, -1)
    after = averaged(group, owner, int(keep.sum()), group.within[keep])
    return replace(after, tree=dendrogram(after.tokens.token_set))


def deduplicate(groups: Sequence[MergedFrame], total: int, floor: float) -> tuple[MergedFrame, ...]:
    """Return the merged frames without near duplicates, but with at least `total` tokens.

    Duplicates have a similarity of content of at least 0.95. A dropped token is owned by the earlier one
    that it repeats, whose vector stays as it is.
    """
    spare = token_count(groups) - total
    out = []
    for group in giving_back(groups):
        owner, dropped = _duplicates(token_similarity(group.tokens.content, group.tokens.sizes, floor), spare)
        spare -= dropped
        kept = owner == torch.arange(len(owner))
        renumbered = (kept.cumsum(0) - 1)[owner]
        out.append(_retreed(group, group.tokens.features[kept], renumbered) if dropped else group)
    return tuple(out)


def _duplicates(alike: Tensor, most: int) -> tuple[Tensor, int]:
    """Return for each token itself or the earlier kept token that it repeats, (N,), and how many repeat."""
    owner = torch.arange(len(alike))
    kept = torch.zeros(len(alike), dtype=torch.bool)
    dropped = 0
    for index in range(len(alike)):
        row = torch.where(kept, alike[index], -2.0)
        nearest = int(row.argmax())
        if dropped < most and row[nearest] >= DUPLICATE:
            owner[index] = nearest
            dropped += 1
        else:
            kept[index] = True
    return owner, dropped


def _retreed(group: MergedFrame, features: Tensor, owner: Tensor) -> MergedFrame:
    after = reown(group, features, owner)
    return replace(after, tree=dendrogram(after.tokens.token_set))
