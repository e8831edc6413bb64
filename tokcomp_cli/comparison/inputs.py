"""What the methods of a comparison start from, and the count that all of them end at."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from tokcomp_cli.compress import find
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.difficulty.rules import parse_rule
from tokcomp_cli.difficulty.score import difficulty
from tokcomp_cli.difficulty.signals import grid_signals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.relevance import asked
from tokcomp_cli.errors import PlanError
from tokcomp_cli.measure.fidelity import Original
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.budget import asked_tokens
from tokcomp_cli.reduce.frame_accumulator import FrameAccumulator
from tokcomp_cli.reduce.grouping import merged_frames
from tokcomp_cli.reduce.join import join_accumulated
from tokcomp_cli.reduce.regroup import settings_holding
from tokcomp_cli.reduce.spatial import whole_grid
from tokcomp_cli.reduce.video_tokens import VideoTokens


@dataclass(frozen=True, slots=True)
class ComparisonInput:
    """One input, ready for every method.

    Attributes:
        encoder: What made the tokens; None where they came from a file.
        settings: In force.
        video: All frames' tokens.
        original: What every method is measured against.
        groups: Merged frames, settled; their keys and text features are in `grids`.
        grids: Their tokens before any is merged.
        total: Tokens that every method is left with.
        counts: That total shared out evenly over the merged frames.
        notes: What was changed or limited.
    """

    encoder: Encoder | None
    settings: ResolvedPlan
    video: VideoTokens
    original: Original
    groups: tuple[FrameAccumulator, ...]
    grids: tuple[TokenSet, ...]
    total: int
    counts: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def frames(self) -> int:
        """Return the sampled frames."""
        return len(self.video.features)

    @property
    def facts(self) -> EncoderFacts:
        """Return the facts of the encoder."""
        return self.settings.facts

    @property
    def mapped(self) -> int:
        """Return which sampled frame the keep-maps are of: the middle one."""
        return self.frames // 2

    @property
    def plan(self) -> Plan:
        """Return what was asked for."""
        return self.settings.plan

    @property
    def blank(self) -> Tensor:
        """Return the blank response, (P, D)."""
        return self.original.blank

    def regrouped(self, temporal: str) -> list[FrameAccumulator]:
        """Return the merged frames that another temporal method makes, settled."""
        return _settled(self.video, self.original, self.settings, temporal=temporal)


def comparison_input(
    video: VideoTokens, original: Original, settings: ResolvedPlan, *, encoder: Encoder | None
) -> ComparisonInput:
    """Return one input ready for every method.

    Args:
        video: All frames' tokens.
        original: What every method is measured against.
        settings: For the temporal method and the budget.
        encoder: What made the tokens; None where they came from a file.

    Raises:
        PlanError: The budget is one that methods cannot be compared at.
    """
    find("temporal", settings.temporal)
    groups, total, settings, notes = _merged(video, original, settings)
    query = None
    if encoder is not None and settings.plan.query is not None:
        query = asked(encoder, settings.plan.query)
    grids = tuple(whole_grid(group, settings.facts.grid, original.blank, query) for group in groups)
    for group in groups:
        group.keys = group.text = None
    return ComparisonInput(
        encoder=encoder,
        settings=settings,
        video=video,
        original=original,
        groups=tuple(groups),
        grids=grids,
        total=total,
        counts=shares(total, len(groups)),
        notes=tuple(notes),
    )


def _merged(
    video: VideoTokens, original: Original, settings: ResolvedPlan
) -> tuple[list[FrameAccumulator], int, ResolvedPlan, list[str]]:
    """Return merged frames that fit the budget, the total that all methods end at, settings and notes."""
    groups, patches = _settled(video, original, settings), settings.facts.num_patches
    notes: list[str] = []
    total = min(asked := _asked(groups, original, settings), original.totals.patches)
    if total > len(groups) * patches:
        settings, note = settings_holding(video, original.blank, settings, total)
        groups = _settled(video, original, settings)
        notes += [note] if note else []
        total = min(total, len(groups) * patches)
    if asked > total:
        caps = [cap for cap in settings.caps() if not cap.startswith("--spatial")]
        left = f" that are there with {' and '.join(caps)}" if total < original.totals.patches else ""
        notes.append(f"the budget of {asked:,} is above the {total:,} tokens{left}: all of them are kept")
    if total < len(groups):
        notes.append(
            f"{len(groups)} merged frames were joined to {total}, the most similar neighbours first, "
            "so that each has a token"
        )
        groups = join_accumulated(groups, total, settings.alike, original.blank)
    return groups, total, settings, notes


def _settled(
    video: VideoTokens, original: Original, settings: ResolvedPlan, *, temporal: str | None = None
) -> list[FrameAccumulator]:
    """Return the merged frames, each with little more than its mean."""
    found = merged_frames(video, original.blank, settings, temporal=temporal, products=False)
    return [group.settle() for group in found]


def shares(total: int, parts: int) -> tuple[int, ...]:
    """Return a total shared out evenly; what is left over goes to the earlier ones."""
    return tuple(total // parts + (index < total % parts) for index in range(parts))


def _asked(groups: Sequence[FrameAccumulator], original: Original, settings: ResolvedPlan) -> int:
    """Return the tokens that the budget asks for."""
    plan, facts = settings.plan, settings.facts
    if settings.budget.kind == "target":
        raise PlanError(
            "compare needs one count for all methods; give `budget` N, P% or auto "
            "(tokcomp budget finds the count for a target)"
        )
    band = ""
    if settings.budget.kind == "auto":
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
        starts, frames = [original.pts_seconds[one.first] for one in groups], [one.frames for one in groups]
        rule, cuts = parse_rule(plan.difficulty.rule), plan.difficulty.cuts
        band = difficulty(signals, frames, starts, plan.query, rule=rule, cuts=cuts).band
    return asked_tokens(
        settings.budget,
        band=band,
        original=original.totals.patches,
        merged_frames=len(groups),
        num_patches=facts.num_patches,
    )
