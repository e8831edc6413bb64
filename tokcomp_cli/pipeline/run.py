"""The run: a file and a plan in, an analysis out."""

from dataclasses import dataclass

from tokcomp_cli.core.results import Analysis, FrameSimilarity, KeepMap, MergedFrame, TraceStep
from tokcomp_cli.difficulty.score import difficulty
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.pipeline.budget import widest_tokens
from tokcomp_cli.pipeline.groups import MergedGroup
from tokcomp_cli.pipeline.layers import schedule
from tokcomp_cli.pipeline.plan import Plan
from tokcomp_cli.pipeline.read import Read, original_of, read_frames
from tokcomp_cli.pipeline.stages import Staged, run_stages
from tokcomp_cli.pipeline.stream import Clock, Grouper, Progress, one_thread, unwatched
from tokcomp_cli.pipeline.verdict import verdict


@dataclass(frozen=True, slots=True)
class Result:
    """An analysis and the tokens it is about.

    Attributes:
        analysis: What was found out.
        groups: Merged frames after the budget stage.
        frame_index: The file's number of each sampled frame.
        pts_seconds: Presentation time of each sampled frame.
    """

    analysis: Analysis
    groups: tuple[MergedGroup, ...]
    frame_index: tuple[int, ...]
    pts_seconds: tuple[float, ...]


def run(path: str, plan: Plan, encoder: Encoder, progress: Progress = unwatched) -> Result:
    """Return what the plan makes of a file.

    Args:
        path: A local file.
        plan: What was asked for.
        encoder: The encoder of the plan.
        progress: Called with frames done and frames to do.

    Raises:
        MediaError: The file cannot be read as a picture or a video.
        PlanError: The plan does not fit the file (no frame in the window).
        EncoderError: The encoder returned what is not finite.
    """
    clock = Clock()
    with clock.on("total"):
        facts = encoder.facts
        threshold = facts.threshold if plan.threshold is None else plan.threshold
        statistic = plan.similarity or facts.similarity
        with clock.on("encode"):
            _ = encoder.blank  # computed at its first use
        widest = widest_tokens(plan, num_patches=facts.num_patches)
        grouper = Grouper(encoder, plan, clock, threshold=threshold, statistic=statistic, widest=widest)
        read = read_frames(path, plan, encoder, grouper, clock, progress)
        seen = read.streamed
        with one_thread():
            with clock.on("fidelity"):
                original = original_of(seen, encoder)
            hardness = difficulty(
                [group.signals for group in seen.groups],
                [group.frames for group in seen.groups],
                [seen.pts_seconds[group.first] for group in seen.groups],
                plan.query,
            )
            settings = plan.record(threshold=threshold, similarity=statistic)
            staged = run_stages(
                seen.groups, original, plan, settings=settings, band=hardness.band, facts=facts, clock=clock
            )
    budget = staged.stages[-1]
    analysis = Analysis(
        media=read.media,
        sampling=read.sampling,
        encoder=facts,
        plan=settings,
        stages=staged.stages,
        layers=schedule(budget.tokens_out, layers=plan.layers, keep=plan.layer_keep),
        timeline=_timeline(staged.groups, read),
        frame_similarity=FrameSimilarity(
            statistic,
            threshold if plan.temporal in {"frame-merge", "adjacent"} else None,
            tuple(seen.similarities),
        ),
        difficulty=hardness,
        verdict=verdict(
            original=staged.stages[0].tokens_in,
            llm_input=budget.tokens_out,
            fidelity=budget.fidelity,
            blank=seen.totals.energy < facts.floor * seen.totals.patches,
            recommendation=staged.recommendation,
        ),
        maps=tuple(_keep_map(group, facts.grid) for group in staged.groups),
        trace=_trace(staged),
        recommendation=staged.recommendation,
        warnings=(*read.media.notes, *read.notes, *_warnings(plan, encoder)),
        timings_ms=dict(clock.spent),
    )
    return Result(analysis, staged.groups, tuple(seen.frame_index), tuple(seen.pts_seconds))


def _timeline(groups: tuple[MergedGroup, ...], read: Read) -> tuple[MergedFrame, ...]:
    seen, durations = read.streamed, read.duration_seconds
    entries = []
    for group in groups:
        last = seen.frame_index[group.last]
        alike = group.similarities
        entries.append(
            MergedFrame(
                start_seconds=seen.pts_seconds[group.first],
                end_seconds=seen.pts_seconds[group.last] + float(durations[last]),
                first_frame=seen.frame_index[group.first],
                last_frame=last,
                frames=group.frames,
                tokens=len(group.tokens),
                similarity=sum(alike) / len(alike) if alike else None,
            )
        )
    return tuple(entries)


def _keep_map(group: MergedGroup, grid: tuple[int, int]) -> KeepMap:
    return KeepMap(grid, tuple(group.parts[0].owner.tolist()))


def _trace(staged: Staged) -> tuple[TraceStep, ...]:
    steps = []
    tokens, kept = staged.stages[-1].tokens_in, staged.stages[-2].fidelity.explained
    for step, explained in zip(staged.steps, staged.step_explained, strict=True):
        after = sum(len(group.tokens) for group in step.groups)
        steps.append(TraceStep(step.ratio, step.method, tokens, after, kept - explained))
        tokens, kept = after, explained
    return tuple(steps)


def _warnings(plan: Plan, encoder: Encoder) -> tuple[str, ...]:
    facts = encoder.facts
    warnings = list(facts.notes)
    if not facts.calibrated:
        guesses = "floor is a guess" if plan.threshold is not None else "threshold and floor are guesses"
        warnings.append(
            f"encoder {facts.name} is not calibrated: its {guesses}; run tokcomp models calibrate"
        )
    if plan.query is not None and not facts.text:
        warnings.append(
            f"encoder {facts.name} has no text tower: the query counts for the difficulty, "
            "relevance falls back to saliency"
        )
    return tuple(warnings)
