"""The run: a file and a plan in, an analysis out."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from tokcomp_cli.core.results import (
    Analysis,
    Difficulty,
    EncoderFacts,
    FrameSimilarity,
    KeepMap,
    MergedFrame,
    Scalar,
    TraceStep,
)
from tokcomp_cli.difficulty.rules import EMBEDDED_FIT, parse_rule
from tokcomp_cli.difficulty.score import difficulty
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.pipeline.budget import widest_tokens
from tokcomp_cli.pipeline.closer import closer_look
from tokcomp_cli.pipeline.groups import MergedGroup
from tokcomp_cli.pipeline.held import Holder
from tokcomp_cli.pipeline.layers import schedule
from tokcomp_cli.pipeline.measure import Original
from tokcomp_cli.pipeline.pictures import Pictures
from tokcomp_cli.pipeline.plan import Plan
from tokcomp_cli.pipeline.read import Read, original_of, read_frames
from tokcomp_cli.pipeline.stages import Staged, run_stages
from tokcomp_cli.pipeline.stream import Clock, Grouper, Progress, Streamed, one_thread, unwatched
from tokcomp_cli.pipeline.verdict import verdict
from tokcomp_cli.pipeline.video_stages import run_video_stages
from tokcomp_cli.pipeline.whole_video import frame_signals


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
        taker: Grouper | Holder
        if plan.over_time:
            taker = Holder(
                encoder, clock, seed=plan.seed, why=f"--temporal {plan.temporal}", statistic=statistic
            )
        else:
            widest = widest_tokens(plan, num_patches=facts.num_patches)
            taker = Grouper(encoder, plan, clock, threshold=threshold, statistic=statistic, widest=widest)
        if plan.closer:
            taker.streamed.pictures = Pictures(facts)
        read = read_frames(path, plan, encoder, taker, clock, progress)
        seen = read.streamed
        settings = plan.record(threshold=threshold, similarity=statistic)
        with one_thread():
            with clock.on("fidelity"):
                original = original_of(seen, encoder)
            hardness, staged = _staged(taker, seen, original, plan, settings, facts, clock)
        hardness, left = closer_look(seen.pictures.kept, hardness, plan, facts, clock)
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
            resolution=left,
        ),
        maps=tuple(one for group in staged.groups for one in _keep_maps(group, facts.grid)),
        trace=_trace(staged),
        recommendation=staged.recommendation,
        resolution=left,
        warnings=(*read.media.notes, *read.notes, *_warnings(plan, encoder)),
        timings_ms=dict(clock.spent),
    )
    return Result(analysis, staged.groups, tuple(seen.frame_index), tuple(seen.pts_seconds))


def _staged(
    taker: Grouper | Holder,
    seen: Streamed,
    original: Original,
    plan: Plan,
    settings: dict[str, Scalar],
    facts: EncoderFacts,
    clock: Clock,
) -> tuple[Difficulty, Staged]:
    """Return how hard the frames look, and what the stages made of them."""
    if isinstance(taker, Grouper):
        groups = seen.groups
        starts = [seen.pts_seconds[group.first] for group in groups]
        signals = [group.signals for group in groups]
        hardness = _difficulty(signals, [group.frames for group in groups], starts, plan, facts)
        return hardness, run_stages(
            groups, original, plan, settings=settings, band=hardness.band, facts=facts, clock=clock
        )
    held = taker.held()
    with clock.on("difficulty"):
        signals = frame_signals(held, original.blank, facts)
    hardness = _difficulty(signals, [1] * len(signals), seen.pts_seconds, plan, facts)
    return hardness, run_video_stages(
        held, original, plan, settings=settings, band=hardness.band, facts=facts, clock=clock
    )


def _difficulty(
    signals: Sequence[ImageSignals],
    frames: Sequence[int],
    starts_seconds: Sequence[float],
    plan: Plan,
    facts: EncoderFacts,
) -> Difficulty:
    return difficulty(
        signals,
        frames,
        starts_seconds,
        plan.query,
        grid=facts.grid,
        rule=parse_rule(plan.difficulty),
        cuts=plan.difficulty_cuts,
    )


def _timeline(groups: tuple[MergedGroup, ...], read: Read) -> tuple[MergedFrame, ...]:
    seen, durations = read.streamed, read.duration_seconds
    entries = []
    for group in groups:
        if group.whole_video:
            entries += _frames(group, read)
            continue
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


def _frames(group: MergedGroup, read: Read) -> list[MergedFrame]:
    """Return one entry for each frame of a whole video; a token counts where its earliest patch is."""
    seen, durations = read.streamed, read.duration_seconds
    tokens = torch.bincount(group.tokens.position[:, 0], minlength=len(group.parts)).tolist()
    return [
        MergedFrame(
            start_seconds=seen.pts_seconds[ordinal],
            end_seconds=seen.pts_seconds[ordinal] + float(durations[number]),
            first_frame=number,
            last_frame=number,
            frames=1,
            tokens=tokens[ordinal],
            similarity=None,
        )
        for ordinal, number in enumerate(seen.frame_index)
    ]


def _keep_maps(group: MergedGroup, grid: tuple[int, int]) -> list[KeepMap]:
    parts = group.parts if group.whole_video else group.parts[:1]
    return [KeepMap(grid, tuple(part.owner.tolist())) for part in parts]


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
    rule = parse_rule(plan.difficulty)
    if rule.fit == EMBEDDED_FIT and not rule.own and facts.name != "embedded":
        warnings.append(
            f"--difficulty measured was fitted on the encoder embedded, not on {facts.name}: fit it with "
            "tokcomp budget --calibrate FOLDER --difficulty measured"
        )
    return tuple(warnings)
