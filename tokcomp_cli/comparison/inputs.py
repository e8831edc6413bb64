"""What the methods of a comparison are run on: the same frames, merged frames and counts for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.compress import find
from tokcomp_cli.compress._ops import frame_similarity
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.difficulty.rules import parse_rule
from tokcomp_cli.difficulty.score import difficulty
from tokcomp_cli.difficulty.signals import grid_signals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import PlanError
from tokcomp_cli.measure.fidelity import Original
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.budget import asked_tokens
from tokcomp_cli.reduce.grouping import merged_frames
from tokcomp_cli.reduce.merged_frame import FrameAccumulator
from tokcomp_cli.reduce.spatial import whole_grid
from tokcomp_cli.reduce.video_tokens import VideoTokens


@dataclass(frozen=True, slots=True)
class ComparisonInput:
    """One input, ready for every method.

    Attributes:
        encoder: What made the tokens; None where they came from a file.
        facts: Of the encoder.
        plan: What was asked for.
        threshold, statistic: In force for merging frames.
        blank: Blank response, (P, D).
        held: All frames' tokens.
        original: What every method is measured against.
        groups: Merged frames.
        grids: Their tokens before any is merged.
        total: Tokens that every method is left with.
        counts: Those tokens shared out evenly over the merged frames.
        notes: What was changed or limited.
    """

    encoder: Encoder | None
    facts: EncoderFacts
    plan: Plan
    threshold: float
    statistic: str
    blank: Tensor
    held: VideoTokens
    original: Original
    groups: tuple[FrameAccumulator, ...]
    grids: tuple[TokenSet, ...]
    total: int
    counts: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def frames(self) -> int:
        """Return the sampled frames."""
        return len(self.held.features)

    def regrouped(self, temporal: str) -> list[FrameAccumulator]:
        """Return the merged frames that another temporal method makes."""
        return list(
            merged_frames(
                self.held,
                self.blank,
                find("temporal", temporal),
                threshold=self.threshold,
                statistic=self.statistic,
                every=self.plan.temporal_every,
            )
        )


def comparison_input(
    held: VideoTokens, original: Original, facts: EncoderFacts, plan: Plan, *, encoder: Encoder | None
) -> ComparisonInput:
    """Return one input ready for every method.

    Args:
        held: All frames' tokens.
        original: What every method is measured against.
        facts: Of the encoder.
        plan: For the temporal method and the budget.
        encoder: What made the tokens; None where they came from a file.

    Raises:
        PlanError: The budget is one that methods cannot be compared at.
    """
    threshold = facts.threshold if plan.threshold is None else plan.threshold
    statistic = plan.similarity or facts.similarity
    temporal = find("temporal", plan.temporal)
    groups = list(
        merged_frames(
            held,
            original.blank,
            temporal,
            threshold=threshold,
            statistic=statistic,
            every=plan.temporal_every,
        )
    )
    total = _total(groups, original, facts, plan)
    there, notes = len(groups) * facts.num_patches, []
    if total > there:
        notes.append(f"the budget of {total} is above the {there} tokens of the merged frames; all are kept")
        total = there
    if total < len(groups):
        notes.append(
            f"{len(groups)} merged frames were joined to {total}, the most similar neighbours first, "
            "so that each has a token"
        )
        groups = joined_to(groups, total, statistic)
    query = None
    if encoder is not None and plan.query is not None:
        query = encoder.encode_text(plan.query)
    return ComparisonInput(
        encoder=encoder,
        facts=facts,
        plan=plan,
        threshold=threshold,
        statistic=statistic,
        blank=original.blank,
        held=held,
        original=original,
        groups=tuple(groups),
        grids=tuple(whole_grid(group, facts.grid, original.blank, query) for group in groups),
        total=total,
        counts=shares(total, len(groups)),
        notes=tuple(notes),
    )


def shares(total: int, parts: int) -> tuple[int, ...]:
    """Return a total shared out evenly; what is left over goes to the earlier ones."""
    return tuple(total // parts + (index < total % parts) for index in range(parts))


def _total(groups: Sequence[FrameAccumulator], original: Original, facts: EncoderFacts, plan: Plan) -> int:
    if plan.budget.kind == "target":
        raise PlanError(
            "compare needs one count for all methods; give --budget N, P% or auto "
            "(tokcomp budget finds the count for a target)"
        )
    band = ""
    if plan.budget.kind == "auto":
        signals = [
            grid_signals(
                group.signals,
                content=group.merged - original.blank,
                saliency=group.saliency.float(),
                grid=facts.grid,
                floor=facts.floor,
            )
            for group in groups
        ]
        starts = [original.pts_seconds[group.first] for group in groups]
        band = difficulty(
            signals,
            [group.frames for group in groups],
            starts,
            plan.query,
            rule=parse_rule(plan.difficulty),
            cuts=plan.difficulty_cuts,
        ).band
    return asked_tokens(
        plan.budget,
        band=band,
        original=original.totals.patches,
        merged_frames=len(groups),
        num_patches=facts.num_patches,
    )


def joined_to(groups: Sequence[FrameAccumulator], count: int, statistic: str) -> list[FrameAccumulator]:
    """Return the merged frames joined, the most similar neighbours first, until `count` are left."""
    left = list(groups)
    alike = [frame_similarity(a.merged, b.merged, statistic) for a, b in pairwise(left)]
    while len(left) > count:
        at = int(np.argmax(alike))
        left[at : at + 2] = [joined(left[at], left[at + 1], alike[at])]
        del alike[at]
        for near in (at - 1, at):
            if 0 <= near < len(alike):
                alike[near] = frame_similarity(left[near].merged, left[near + 1].merged, statistic)
    return left


def joined(before: FrameAccumulator, after: FrameAccumulator, similarity: float) -> FrameAccumulator:
    """Return two neighbouring merged frames as one.

    Owned frames stay the first ones: where the earlier one dropped frames, it drops the later one's too.
    """
    both = FrameAccumulator(before.first, before.signals)
    both.frames = before.frames + after.frames
    both.similarities = [*before.similarities, similarity, *after.similarities]
    both.gram = before.gram + after.gram
    both.saliency_seen = before.saliency_seen + after.saliency_seen
    both.previous = after.previous
    owners = (before, after) if before.owned == before.frames else (before,)
    both.owned = sum(one.owned for one in owners)
    for name in ("total", "square", "saliency", "keys", "text"):
        values: list[Tensor] = [value for one in owners if (value := getattr(one, name)) is not None]
        setattr(both, name, torch.stack(values).sum(0) if values else None)
    if any(one.blended is not None for one in owners):
        weighted = torch.stack([one.merged.double() * one.owned for one in owners])
        both.blended = (weighted.sum(0) / both.owned).float()
    return both
