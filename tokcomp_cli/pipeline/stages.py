"""Spatial, temporal, budget: the three lines of the ledger, each measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tokcomp_cli.compress import find
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.results.analysis import Scalar, StageRecord
from tokcomp_cli.core.results.curve import Recommendation
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.detail.lod import Levels, apply
from tokcomp_cli.measure.curve import Curve, curve_of, recommend, search
from tokcomp_cli.measure.fidelity import Original, measure
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.budget import (
    Reduced,
    allocation,
    asked_tokens,
    reduce_to,
    spatial_tokens,
)
from tokcomp_cli.reduce.conservation import check_groups
from tokcomp_cli.reduce.cut import narrow
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.progressive import Step, token_count


@dataclass(frozen=True, slots=True)
class Staged:
    """What the stages made of the merged frames.

    Attributes:
        stages: The records, in order.
        groups: Merged frames after the last.
        recommendation: The measured budget for the plan's target, or None where none was asked for.
        steps: Steps of a progressive descent.
        step_explained: `explained` after each of them.
        curve: `explained` as a function of the total of tokens; None where no budget decides it.
    """

    stages: tuple[StageRecord, ...]
    groups: tuple[MergedFrame, ...]
    recommendation: Recommendation | None
    steps: tuple[Step, ...]
    step_explained: tuple[float, ...]
    curve: Curve | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """How many tokens the budget stage lands on, and what the spatial stage keeps a merged frame for it."""

    total: int
    num_keep: int
    spatial_notes: tuple[str, ...]
    budget_notes: tuple[str, ...]


def run_stages(
    groups: Sequence[MergedFrame],
    original: Original,
    plan: Plan,
    *,
    settings: Mapping[str, Scalar],
    band: str,
    facts: EncoderFacts,
    clock: Clock,
    tiers: Levels | None = None,
) -> Staged:
    """Return the stages' records and the merged frames after the last.

    Args:
        groups: Merged frames at the largest ratio that the budget may ask for.
        original: What they are measured against.
        plan: What was asked for.
        settings: The settings in force by name.
        band: Difficulty band, for `--budget auto`.
        facts: Of the encoder.
        clock: Gets the milliseconds.
        tiers: What each cell may keep after the budget stage, or None for no such stage.
    """
    statistic = str(settings["similarity"])
    with clock.on("fidelity"):
        curve = curve_of(groups, original, plan, statistic)
        advice = None
        if plan.target is not None and not plan.tiers_in_ledger:
            advice = _advice(groups, plan, curve, plan.target, facts.num_patches)
    decided = _decide(groups, plan, curve, band=band, num_patches=facts.num_patches)
    with clock.on("spatial"):
        partitioned = [narrow(group, min(decided.num_keep, len(group.tokens))) for group in groups]
    frames = len(original.frame_index)
    check_groups(partitioned, stage="temporal", frames=frames)
    with clock.on("budget"):
        reduced = reduce_to(
            partitioned, decided.total, allocate=plan.allocate, reduce=plan.reduce, statistic=statistic
        )
    check_groups(reduced.groups, stage="budget", frames=frames)
    with clock.on("fidelity"):
        records = _records(partitioned, reduced, original, plan, settings, decided, facts)
        lost = tuple(measure(step.groups, original, per_frame=False).explained for step in reduced.steps)
    if not plan.budget_stage:
        records = records[:-1]
    staged = Staged(records, reduced.groups, advice, reduced.steps, lost, curve)
    return staged if tiers is None else _tiered(staged, tiers, original, clock)


def _tiered(staged: Staged, tiers: Levels, original: Original, clock: Clock) -> Staged:
    """Return the stages with one more, that caps the tokens of each cell by its relevance."""
    whole = len(staged.groups) == len(tiers.caps)
    notes = (
        () if whole else ("merged frames were joined to one token each before, so nothing is left to cap",)
    )
    with clock.on("lod"):
        groups = apply(staged.groups, tiers) if whole else staged.groups
    check_groups(groups, stage="lod", frames=len(original.frame_index))
    with clock.on("fidelity"):
        record = StageRecord(
            name="lod",
            method=tiers.relevance,
            params={"tiers": ",".join(map(str, tiers.tiers)), "cell": f"{tiers.cell[0]}x{tiers.cell[1]}"},
            tokens_in=token_count(staged.groups),
            tokens_out=token_count(groups),
            fidelity=measure(groups, original, per_frame=False),
            notes=notes,
        )
    return replace(staged, stages=(*staged.stages, record), groups=groups)


def _advice(
    groups: Sequence[MergedFrame], plan: Plan, curve: Curve, target: float, num_patches: int
) -> Recommendation:
    """Return the measured budget, with the ratio to ask for where a count alone would not widen it."""
    advice = recommend(curve, target=target)
    if advice.recommended is None or not plan.may_widen:
        return advice
    wanted = allocation(groups, max(advice.recommended.tokens, len(groups)), plan.allocate)
    enough = plan.reduce == "ward" and max(wanted) <= spatial_tokens(plan, num_patches=num_patches)
    return advice if enough else replace(advice, spatial_ratio=1.0)


def _decide(
    groups: Sequence[MergedFrame], plan: Plan, curve: Curve, *, band: str, num_patches: int
) -> Decided:
    """Return the total to land on and the tokens that the spatial stage keeps a merged frame."""
    usual = spatial_tokens(plan, num_patches=num_patches)
    budget_notes: tuple[str, ...] = ()
    if plan.budget.kind == "target":
        found = search(curve, plan.budget.value)
        total = curve.most if found is None else found
        wanted = max(allocation(groups, max(total, len(groups)), plan.allocate))
        if plan.reduce == "steps":  # they are searched from the whole grid, so they start there
            wanted = num_patches
        if found is None:
            best = curve.explained(curve.most)
            budget_notes = (
                f"no budget reaches {plan.budget.value:g}: with all tokens {best:.4f} is explained",
            )
    else:
        original = sum(group.frames for group in groups) * num_patches
        total = asked_tokens(
            plan.budget, band=band, original=original, merged_frames=len(groups), num_patches=num_patches
        )
        wanted = -(-total // len(groups)) if plan.budget.kind == "auto" else usual
        if plan.budget.kind == "auto":
            share = total / len(groups) / num_patches
            budget_notes = (f"{band} input: {share:.0%} of the grid for each merged frame",)
    if not plan.may_widen or wanted <= usual:
        return Decided(total, usual, (), budget_notes)
    note = f"the ratio was raised from {plan.ratio:g} to {wanted / num_patches:.3g}, as the budget asks"
    return Decided(total, wanted, (note,), budget_notes)


def _records(
    partitioned: Sequence[MergedFrame],
    reduced: Reduced,
    original: Original,
    plan: Plan,
    settings: Mapping[str, Scalar],
    decided: Decided,
    facts: EncoderFacts,
) -> tuple[StageRecord, ...]:
    spatial = find("spatial", plan.spatial_method)
    patches = original.totals.patches
    per_group = [len(group.tokens) for group in partitioned]
    partitions = sum(count * group.frames for count, group in zip(per_group, partitioned, strict=True))
    asked = decided.num_keep
    notes = decided.spatial_notes
    if not spatial.any_count and max(per_group) < asked:
        notes += (f"{asked} tokens a frame were asked for; the nearest grid below has {max(per_group)}",)
    own_tokens = not spatial.weighted
    if spatial.weighted and any(group.frames > 1 for group in partitioned):
        notes += (
            f"the weights of {spatial.name} are those of the merged frame: its vectors stand for every frame "
            "of it, so what merging frames loses is in this line already",
        )
    ratio = max(per_group) / facts.num_patches
    first = StageRecord(
        name="spatial",
        method=spatial.name,
        params={"keep_ratio": ratio, "tokens_per_frame": max(per_group)},
        tokens_in=patches,
        tokens_out=partitions,
        fidelity=measure(partitioned, original, per_frame=own_tokens, merges=spatial.merges),
        notes=notes,
    )
    second = replace(
        first,
        name="temporal",
        method=plan.temporal,
        params={**temporal_params(plan, settings), "merged_frames": len(partitioned)},
        tokens_in=partitions,
        tokens_out=token_count(partitioned),
        fidelity=measure(partitioned, original, per_frame=False),
        notes=(),
    )
    third = replace(
        second,
        name="budget",
        method=plan.reduce,
        params={"budget": str(plan.budget), "tokens": decided.total, "allocate": plan.allocate},
        tokens_in=second.tokens_out,
        tokens_out=token_count(reduced.groups),
        fidelity=measure(reduced.groups, original, per_frame=False),
        notes=(*decided.budget_notes, *reduced.notes),
    )
    return first, second, third


def temporal_params(plan: Plan, settings: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return what decides which frames a temporal method merges."""
    if plan.temporal == "uniform":
        return {"every": plan.temporal_every}
    if plan.temporal == "none":
        return {}
    return {"threshold": settings["threshold"], "similarity": settings["similarity"]}
