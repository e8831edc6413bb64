"""Measure what a stage left of the content."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.memory import GIVE_BACK_EVERY, giving_back
from tokcomp_cli.core.origin import first_owned
from tokcomp_cli.core.results.analysis import Fidelity, WorstFrame
from tokcomp_cli.fidelity.metrics import Loss, explained, frame_loss
from tokcomp_cli.measure.coverage import coverage
from tokcomp_cli.measure.evenly import lost_evenly
from tokcomp_cli.measure.rank import content_rank, stacked_rank
from tokcomp_cli.measure.reservoir import Reservoir, SampledFrame, Totals
from tokcomp_cli.measure.stand_ins import LastContent, part_of, tokens_at, tokens_of_part
from tokcomp_cli.reduce.merged_frame import MergedFrame


@dataclass(frozen=True)
class Original:
    """What every stage is measured against.

    Attributes:
        totals: Exact sums over all patches.
        reservoir: Frames kept whole.
        blank: Blank response, (P, D).
        floor: Least energy of a patch.
        frame_index: The file's number of each sampled frame.
        pts_seconds: Presentation time of each sampled frame.
    """

    totals: Totals
    reservoir: Reservoir
    blank: Tensor
    floor: float
    frame_index: Sequence[int]
    pts_seconds: Sequence[float]

    @cached_property
    def rank(self) -> float:
        """Effective rank of the reservoir's content."""
        return content_rank(self.reservoir)


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

    def stand_in(frame: SampledFrame) -> tuple[Tensor, Tensor]:
        group = groups[bisect_right(starts, frame.ordinal) - 1]
        return tokens_at(group, frame, last, per_frame=per_frame, merges=merges)

    for frame in giving_back(frames, 2 * GIVE_BACK_EVERY):
        tokens, owner = stand_in(frame)
        losses.append(frame_loss(frame.content, tokens, owner))
        if per_frame:
            blocks.append(tokens)
    every = blocks if per_frame else (group.tokens.content for group in giving_back(groups))
    count = sum(len(block) for block in blocks) if per_frame else sum(len(group.tokens) for group in groups)
    by_frame = explained_by_frame(losses, original)
    worst = int(np.argmin(by_frame))
    ordinal = frames[worst].ordinal
    totals = original.totals
    kept_saliency = sum(group.spatial_saliency if per_frame else _saliency(group) for group in groups)
    return Fidelity(
        explained=_explained(losses, original),
        explained_evenly=explained(
            lost_evenly(
                groups, losses, original.reservoir, totals.patches, per_frame=per_frame, merges=merges
            ),
            totals.energy,
            floor=original.floor,
            patches=totals.patches,
        ),
        explained_p5=_percentile(by_frame, frames, 0.05),
        cosine=_mean_cosine(losses, frames),
        pooled=_pooled(groups, original, per_frame=per_frame, merges=merges),
        saliency_kept=min(1.0, kept_saliency / totals.saliency) if totals.saliency else 1.0,
        coverage=coverage(frames, losses, lambda frame: stand_in(frame)[0]),
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
    each = zip(reservoir.frames, _lost_by_frame(losses, reservoir), strict=True)
    lost = sum(frame.weight * lost for frame, lost in each)
    return explained(lost, reservoir.energy, floor=original.floor, patches=reservoir.patches)


def _lost_by_frame(losses: Sequence[Loss], reservoir: Reservoir) -> list[float]:
    """Return what each frame lost, each patch as often as it counts."""
    counts = torch.stack([frame.counts for frame in reservoir.frames]).double()
    lost: list[float] = (torch.stack([loss.squared for loss in losses]) * counts).sum(1).tolist()
    return lost


def frame_losses(groups: Sequence[MergedFrame], original: Original) -> list[Loss]:
    """Return what each frame of the reservoir lost; arguments as above."""
    starts, losses, last = [group.first for group in groups], [], LastContent()
    for frame in giving_back(original.reservoir.frames, 2 * GIVE_BACK_EVERY):
        group = groups[bisect_right(starts, frame.ordinal) - 1]
        stand_in = tokens_at(group, frame, last, per_frame=False, merges=True)
        losses.append(frame_loss(frame.content, *stand_in))
    return losses


def explained_by_frame(losses: Sequence[Loss], original: Original) -> list[float]:
    """Return `explained` of each frame of the reservoir.

    Args:
        losses: What each lost.
        original: Gives the mean content of the whole input, around which a frame's energy is counted.
    """
    reservoir = original.reservoir
    return [
        explained(lost, energy, floor=original.floor, patches=len(loss.squared))
        for lost, loss, energy in zip(
            _lost_by_frame(losses, reservoir), losses, reservoir.energies, strict=True
        )
    ]


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
        total = torch.zeros_like(original.totals.features)
        for group in giving_back(groups):
            total += group.tokens.sum
        return _cosine(total, original.totals.features)
    before = after = torch.zeros(original.blank.shape[1], dtype=torch.float64)
    blank, last = _sum(original.blank), LastContent()
    starts = [group.first for group in groups]
    for frame in original.reservoir.frames:
        group = groups[bisect_right(starts, frame.ordinal) - 1]
        part = part_of(group, frame.ordinal)
        whole = _sum(frame.content) + blank
        before = before + frame.weight * whole
        if group.whole_video:
            content, owner = tokens_of_part(group, frame.ordinal, last)
            owned = owner >= 0
            stand_in = (content[owner[owned]].double() + original.blank[owned].double()).sum(0)
        else:
            rows = _rows_standing(part.owner, len(group.tokens), merges=merges)
            if rows is not None:
                stand_in = _sum(frame.given[rows]) + _sum(original.blank[rows])
            else:
                stand_in = whole if frame.stood is None else _sum(frame.given) + blank
        after = after + frame.weight * stand_in
    return _cosine(before, after)


def _rows_standing(owner: Tensor, num_tokens: int, *, merges: bool) -> Tensor | None:
    """Return the patches that a frame's tokens sum up, int64; None for all of them, each once.

    Args:
        owner: Token of each patch, or -1, int64, (P,).
        num_tokens: K.
        merges: Whether a token is the mean of what it owns; else it is its earliest patch.
    """
    owned = owner >= 0
    if not merges:
        return first_owned(owner, num_tokens)[owner[owned]]
    return None if owned.all() else owned.nonzero()[:, 0]


def _sum(rows: Tensor) -> Tensor:
    """Return the sum of one frame's rows, (D,), float64."""
    return rows.sum(0).double()


def _cosine(a: Tensor, b: Tensor) -> float:
    return float(F.cosine_similarity(a, b, dim=0))
