"""Measure what a stage left of the content."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.memory import give_back
from tokcomp_cli.core.origin import first_owned
from tokcomp_cli.core.results.analysis import Fidelity, WorstFrame
from tokcomp_cli.core.stats import effective_rank, gram_rank
from tokcomp_cli.fidelity.metrics import Loss, explained, frame_loss
from tokcomp_cli.measure.reservoir import Reservoir, SampledFrame, Totals, frame_tokens
from tokcomp_cli.reduce.merged_frame import MergedFrame, Part, part_at

GRAM_BLOCKS, GRAM_STRIPS = 16, 4
GIVE_BACK_EVERY = 64


@dataclass(frozen=True, slots=True)
class Original:
    """What every stage is measured against.

    Attributes:
        totals: Exact sums over all patches.
        reservoir: Frames kept whole.
        rank: Effective rank of the reservoir's content.
        blank: Blank response, (P, D).
        floor: Least energy of a patch.
        frame_index: The file's number of each sampled frame.
        pts_seconds: Presentation time of each sampled frame.
    """

    totals: Totals
    reservoir: Reservoir
    rank: float
    blank: Tensor
    floor: float
    frame_index: Sequence[int]
    pts_seconds: Sequence[float]


def content_rank(reservoir: Reservoir) -> float:
    """Return the effective rank of the content of all frames in the reservoir."""
    frames = reservoir.frames
    return stacked_rank((frame.content for frame in frames), sum(len(frame.content) for frame in frames))


def stacked_rank(blocks: Iterable[Tensor], count: int) -> float:
    """Return the effective rank of stacked rows, by the smaller of their Gram matrices.

    Args:
        blocks: Of shape (_, D); a few of them are held at a time.
        count: Rows in all.
    """
    first, *rest = islice(blocks := iter(blocks), 1)
    if count < first.shape[1]:
        return effective_rank(torch.cat([first, *rest, *blocks]))
    return gram_rank(sum_of_grams(chain([first], blocks)))


def sum_of_grams(blocks: Iterable[Tensor]) -> Tensor:
    """Return the Gram matrix of the stacked rows, float64, (D, D), a few blocks at a time."""
    blocks, gram = iter(blocks), torch.zeros((), dtype=torch.float64)
    while few := list(islice(blocks, GRAM_BLOCKS)):
        gram = gram + _gram(torch.cat(few)).double()
    return gram


def _gram(rows: Tensor) -> Tensor:
    """Return the Gram matrix of rows, (N, D), as (D, D); what is left of the diagonal is copied."""
    dim = rows.shape[1]
    gram, step = rows.new_empty(dim, dim), -(-dim // GRAM_STRIPS)
    for at in range(0, dim, step):
        strip = rows[:, at : at + step].T @ rows[:, at:]
        gram[at : at + step, at:] = strip
        gram[at:, at : at + step] = strip.T
    return gram


def measure(
    groups: Sequence[MergedFrame], original: Original, *, per_frame: bool, merges: bool = True
) -> Fidelity:
    """Return the fidelity of a stage.

    Args:
        groups: Merged frames after the stage, in order of time.
        original: What it is measured against.
        per_frame: True for the spatial stage: each frame still has its own tokens.
        merges: Whether the spatial method's tokens are means of what they own.
    """
    starts = [group.first for group in groups]
    frames = original.reservoir.frames
    losses, blocks, last = [], [], LastContent()
    for frame in frames:
        group = groups[bisect_right(starts, frame.ordinal) - 1]
        tokens, owner = _tokens_at(group, frame, last, per_frame=per_frame, merges=merges)
        losses.append(frame_loss(frame.content, tokens, owner))
        if per_frame:
            blocks.append(tokens)
        if len(losses) % GIVE_BACK_EVERY == 0:
            give_back()
    every = blocks if per_frame else (group.tokens.content for group in groups)
    count = sum(len(block) for block in blocks) if per_frame else sum(len(group.tokens) for group in groups)
    by_frame = explained_by_frame(losses, original)
    worst = int(np.argmin(by_frame))
    ordinal = frames[worst].ordinal
    totals = original.totals
    kept_saliency = sum(group.spatial_saliency if per_frame else _saliency(group) for group in groups)
    return Fidelity(
        explained=_explained(losses, original),
        explained_evenly=explained(
            _lost(groups, losses, original, per_frame=per_frame, merges=merges),
            totals.energy,
            floor=original.floor,
            patches=totals.patches,
        ),
        explained_p5=_percentile(by_frame, frames, 0.05),
        cosine=_mean_cosine(losses, frames),
        pooled=_pooled(groups, original, per_frame=per_frame, merges=merges),
        saliency_kept=min(1.0, kept_saliency / totals.saliency) if totals.saliency else 1.0,
        coverage=max(float(loss.distance.max()) for loss in losses),
        rank_kept=stacked_rank(every, count) / original.rank,
        worst_frame=WorstFrame(
            int(original.frame_index[ordinal]), float(original.pts_seconds[ordinal]), float(by_frame[worst])
        ),
        sampled=original.reservoir.sampled,
    )


def explained_share(groups: Sequence[MergedFrame], original: Original) -> float:
    """Return `explained` alone, for what is measured many times over.

    Args:
        groups: Merged frames, in order of time.
        original: What they are measured against.
    """
    return _explained(frame_losses(groups, original), original)


def _explained(losses: Sequence[Loss], original: Original) -> float:
    """Return the share of the content that is explained, each patch counting as much as it is salient."""
    reservoir = original.reservoir
    lost = sum(frame.sum(loss.squared) for frame, loss in zip(reservoir.frames, losses, strict=True))
    return explained(lost, reservoir.energy, floor=original.floor, patches=reservoir.patches)


def frame_losses(groups: Sequence[MergedFrame], original: Original) -> list[Loss]:
    """Return what each frame of the reservoir lost; arguments as above."""
    starts, losses, last = [group.first for group in groups], [], LastContent()
    for frame in original.reservoir.frames:
        group = groups[bisect_right(starts, frame.ordinal) - 1]
        stand_in = _tokens_at(group, frame, last, per_frame=False, merges=True)
        losses.append(frame_loss(frame.content, *stand_in))
    return losses


class LastContent:
    """The content of a merged frame's tokens, float32, kept until that of another one is asked for."""

    def __init__(self) -> None:
        self._group: MergedFrame | None = None
        self._content = torch.empty(0)

    def of(self, group: MergedFrame) -> Tensor:
        """Return the content of the tokens, (L, D)."""
        if group is not self._group:
            self._group, self._content = group, group.tokens.content
        return self._content


def _part_of(group: MergedFrame, ordinal: int) -> Part:
    return group.parts[part_at(group, ordinal)]


def _tokens_at(
    group: MergedFrame, frame: SampledFrame, last: LastContent, *, per_frame: bool, merges: bool
) -> tuple[Tensor, Tensor]:
    """Return the content of the tokens that may stand for a frame, (K, D), and its owners, (P,)."""
    part = _part_of(group, frame.ordinal)
    if group.whole_video:
        return _tokens_of_part(group, frame.ordinal, last)
    if not per_frame:
        return last.of(group), part.owner_of(frame.ordinal)
    owner = part.owner
    return frame_tokens(frame.given, owner, len(group.tokens), merges=merges), owner


def _tokens_of_part(group: MergedFrame, ordinal: int, last: LastContent) -> tuple[Tensor, Tensor]:
    """Return the tokens that own patches of one frame of a whole video, (K, D), and their owners, (P,).

    Where none does, the tokens of the nearest frame that has some, the earlier of two.
    """
    at = part_at(group, ordinal)
    own = group.parts[at].owner_of(ordinal)
    nearest = sorted(range(len(group.parts)), key=lambda other: abs(other - at)) if (own < 0).all() else [at]
    there = next(owner for other in nearest if ((owner := group.parts[other].owner) >= 0).any())
    numbers = torch.unique(there[there >= 0])
    row = torch.searchsorted(numbers, own.clamp(min=0))
    return last.of(group)[numbers], torch.where(own >= 0, row, -1)


def explained_by_frame(losses: Sequence[Loss], original: Original) -> list[float]:
    """Return `explained` of each frame of the reservoir.

    Args:
        losses: What each lost.
        original: Gives the mean content of the whole input, around which a frame's energy is counted.
    """
    reservoir = original.reservoir
    return [
        explained(
            float(loss.squared @ frame.counts.double()),
            energy,
            floor=original.floor,
            patches=len(loss.squared),
        )
        for loss, frame, energy in zip(losses, reservoir.frames, reservoir.energies, strict=True)
    ]


def _lost(
    groups: Sequence[MergedFrame],
    losses: Sequence[Loss],
    original: Original,
    *,
    per_frame: bool,
    merges: bool = True,
) -> float:
    """Return all patches' squared distance: exact for owned ones, from the reservoir for pruned ones.

    Of skipped frames the checked ones tell how much more is lost than of the frames that they look like.
    """
    if per_frame:
        owned = sum(float(group.spatial_loss[0]) for group in groups)
        pruned = sum(int((part.owner < 0).sum()) * part.frames for group in groups for part in group.parts)
    else:
        owned = sum(group.lost for group in groups)
        pruned = original.totals.patches - sum(int(group.tokens.sizes.sum()) for group in groups)
    owned += lost_by_skipping(groups, original.reservoir, per_frame=per_frame, merges=merges)
    if not pruned:
        return owned
    weights = [frame.weight for frame in original.reservoir.frames]
    apart = sum(
        weight * float(loss.squared[loss.pruned].sum()) for loss, weight in zip(losses, weights, strict=True)
    )
    count = sum(weight * int(loss.pruned.sum()) for loss, weight in zip(losses, weights, strict=True))
    return owned + (apart / count if count else 0.0) * pruned


def lost_by_skipping(
    groups: Sequence[MergedFrame], reservoir: Reservoir, *, per_frame: bool = False, merges: bool = True
) -> float:
    """Return how much more is lost of skipped frames' owned patches than of the frames they look like."""
    starts, more, last = [group.first for group in groups], 0.0, LastContent()
    for frame in sorted(reservoir.checked, key=lambda frame: frame.ordinal):
        group = groups[bisect_right(starts, frame.ordinal) - 1]
        more += lost_beyond(frame, *_tokens_at(group, frame, last, per_frame=per_frame, merges=merges))
    return more


def lost_beyond(frame: SampledFrame, tokens: Tensor, owner: Tensor) -> float:
    """Return how much more is lost of the frames a checked one speaks for than of the one they look like.

    Args:
        frame: A checked frame.
        tokens: Content of the tokens that stand for it, (K, D).
        owner: Token of each of its patches, or -1, int64, (P,).
    """
    true, given, stand_in = frame.content, frame.given, tokens.index_select(0, owner.clamp(min=0))
    apart = (true - given).double()  # |true - y|^2 - |given - y|^2, y what stands for both.
    more = (apart * (true.double() + given - 2 * stand_in.double())).sum(1)
    return frame.weight * float(more[owner >= 0].sum())


def _percentile(values: Sequence[float], frames: Sequence[SampledFrame], share: float) -> float:
    """Return a quantile of one value a frame, each counted as often as the frame speaks for others."""
    if all(frame.weight == frames[0].weight for frame in frames):
        return float(np.quantile(values, share))
    order = np.argsort(values, kind="stable")
    below = np.cumsum(np.array([frame.weight for frame in frames])[order])
    return float(values[order[np.searchsorted(below, share * below[-1])]])


def _mean_cosine(losses: Sequence[Loss], frames: Sequence[SampledFrame]) -> float:
    """Return the mean over patches, each counted as often as its frame speaks for others."""
    cosine = torch.cat([loss.cosine for loss in losses]).double()
    weight = torch.tensor([frame.weight for frame in frames], dtype=torch.float64)
    weights = weight.repeat_interleave(torch.tensor([len(loss.cosine) for loss in losses]))
    return float((cosine * weights).sum() / weights.sum())


def _saliency(group: MergedFrame) -> float:
    saliency = group.tokens.saliency
    return 0.0 if saliency is None else float(saliency.double().sum())


def _pooled(groups: Sequence[MergedFrame], original: Original, *, per_frame: bool, merges: bool) -> float:
    """Return the cosine of the size-weighted mean token before and after."""
    if not per_frame:
        return _cosine(torch.stack([group.tokens.sum for group in groups]).sum(0), original.totals.features)
    before = after = torch.zeros(original.blank.shape[1], dtype=torch.float64)
    last = LastContent()
    starts = [group.first for group in groups]
    for frame in original.reservoir.frames:
        group = groups[bisect_right(starts, frame.ordinal) - 1]
        part = _part_of(group, frame.ordinal)
        before = before + frame.weight * (frame.content + original.blank).sum(0, dtype=torch.float64)
        if group.whole_video:
            content, owner = _tokens_of_part(group, frame.ordinal, last)
            owned = owner >= 0
            stand_in = (content[owner[owned]].double() + original.blank[owned].double()).sum(0)
        else:
            given = frame.given + original.blank
            stand_in = _owned_sum(given, part.owner, len(group.tokens), merges=merges)
        after = after + frame.weight * stand_in
    return _cosine(before, after)


def _owned_sum(features: Tensor, owner: Tensor, num_tokens: int, *, merges: bool) -> Tensor:
    """Return the sum of one frame's tokens, each as often as it has patches, float64, (D,).

    Args:
        features: Of its patches, (P, D).
        owner: Token of each, or -1, int64, (P,).
        num_tokens: K.
        merges: Whether a token is the mean of what it owns; else it is its earliest patch.
    """
    owned = owner >= 0
    if not merges:
        features = features[first_owned(owner, num_tokens)[owner[owned]]]
    elif not owned.all():
        features = features[owned]
    return features.sum(0, dtype=torch.float64)


def _cosine(a: Tensor, b: Tensor) -> float:
    return float(F.cosine_similarity(a, b, dim=0))
