"""The ledger where the temporal stage chooses tokens over the whole video."""

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from tokcomp_cli.compress import find
from tokcomp_cli.compress.pool import pooled_cells
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.results.analysis import Fidelity, Scalar, StageRecord, WorstFrame
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.measure.curve import Curve, curve_of, recommend, search
from tokcomp_cli.measure.fidelity import Original, measure
from tokcomp_cli.pipeline.stages import Staged
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.budget import asked_tokens, reduce_to, spatial_tokens
from tokcomp_cli.reduce.conservation import check_groups
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.video_tokens import VideoTokens
from tokcomp_cli.reduce.whole_video import whole_video, with_tree


def run_video_stages(
    held: VideoTokens,
    original: Original,
    plan: Plan,
    *,
    settings: Mapping[str, Scalar],
    band: str,
    facts: EncoderFacts,
    clock: Clock,
) -> Staged:
    """Return the stages' records and the tokens after the last.

    Args:
        held: All frames.
        original: What they are measured against.
        plan: What was asked for.
        settings: The settings in force by name.
        band: Difficulty band, for `--budget auto`.
        facts: Of the encoder.
        clock: Gets the milliseconds.
    """
    frames = len(held.features)
    with clock.on("spatial"):
        pools, kept = plan.spatial_method == "pool", spatial_tokens(plan, num_patches=facts.num_patches)
        cells = pooled_cells(facts.grid, kept) if pools else None
    per_frame = facts.num_patches if cells is None else int(cells.max()) + 1
    num_keep = half_up(plan.kept_over_time * frames * per_frame)
    with clock.on("temporal"):
        method = find("temporal", plan.temporal, whole_video=True)
        chosen = whole_video(held, original.blank, facts.grid, method, num_keep=num_keep, cells=cells)
    check_groups([chosen], stage="temporal", frames=frames)
    with clock.on("budget"):
        treed = with_tree(chosen)
    statistic = str(settings["similarity"])
    with clock.on("fidelity"):
        curve = curve_of([treed], original, plan, statistic)
        advice = None if plan.target is None else recommend(curve, target=plan.target)
        total, notes = _total(plan, band, facts, frames, curve_total=_searched(plan, curve), most=curve.most)
    with clock.on("budget"):
        reduced = reduce_to([treed], total, allocate=plan.allocate, reduce=plan.reduce, statistic=statistic)
    check_groups(reduced.groups, stage="budget", frames=frames)
    with clock.on("fidelity"):
        first = _spatial_record(held, original, plan, facts, cells)
        second = StageRecord(
            name="temporal",
            method=plan.temporal,
            params={"keep_ratio": plan.kept_over_time, "tokens": num_keep, "merged_frames": frames},
            tokens_in=first.tokens_out,
            tokens_out=len(chosen.tokens),
            fidelity=measure([chosen], original, per_frame=False),
        )
        third = replace(
            second,
            name="budget",
            method=plan.reduce,
            params={"budget": str(plan.budget), "tokens": total, "allocate": plan.allocate},
            tokens_in=second.tokens_out,
            tokens_out=len(reduced.groups[0].tokens),
            fidelity=measure(reduced.groups, original, per_frame=False),
            notes=(*notes, *reduced.notes),
        )
    return Staged((first, second, third), reduced.groups, advice, (), (), curve)


def _searched(plan: Plan, curve: Curve) -> int | None:
    """Return the smallest total that reaches the budget's target, or None."""
    return search(curve, plan.budget.value) if plan.budget.kind == "target" else None


def _total(
    plan: Plan, band: str, facts: EncoderFacts, frames: int, *, curve_total: int | None, most: int
) -> tuple[int, tuple[str, ...]]:
    """Return the tokens that the budget asks for, and what is to be said of it."""
    if plan.budget.kind == "target":
        if curve_total is None:
            return most, (
                f"no budget reaches {plan.budget.value:g} with the {most} tokens of the temporal stage; "
                "raise --temporal-ratio",
            )
        return curve_total, ()
    total = asked_tokens(
        plan.budget,
        band=band,
        original=frames * facts.num_patches,
        merged_frames=frames,
        num_patches=facts.num_patches,
    )
    if plan.budget.kind != "auto":
        return total, ()
    return total, (f"{band} input: {total / frames / facts.num_patches:.0%} of the grid for each frame",)


def _spatial_record(
    held: VideoTokens, original: Original, plan: Plan, facts: EncoderFacts, cells: Tensor | None
) -> StageRecord:
    """Return the line of the spatial stage: nothing happened, or every frame was pooled."""
    patches, frames = facts.num_patches, len(held.features)
    if cells is None:
        kept, fidelity = patches, _untouched(original)
    else:
        kept = int(cells.max()) + 1
        fidelity = measure([_pooled(held, original, facts, cells)], original, per_frame=False)
    return StageRecord(
        name="spatial",
        method=plan.spatial_method,
        params={"keep_ratio": kept / patches, "tokens_per_frame": kept},
        tokens_in=frames * patches,
        tokens_out=frames * kept,
        fidelity=fidelity,
    )


def _pooled(held: VideoTokens, original: Original, facts: EncoderFacts, cells: Tensor) -> MergedFrame:
    """Return every frame's pooled tokens, none of them dropped."""
    everything = replace(find("temporal", "evs", whole_video=True), name="pool")
    total = len(held.features) * (int(cells.max()) + 1)
    return whole_video(held, original.blank, facts.grid, everything, num_keep=total, cells=cells)


def _untouched(original: Original) -> Fidelity:
    """Return the fidelity of tokens that nothing was done to."""
    first = WorstFrame(int(original.frame_index[0]), float(original.pts_seconds[0]), 1.0)
    return Fidelity(1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, first)
