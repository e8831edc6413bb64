"""The run: a file and a plan in, an analysis out."""

from dataclasses import dataclass

import torch

from tokcomp_cli.core.results.analysis import Analysis, FrameSimilarity, KeepMap, TimelineEntry, TraceStep
from tokcomp_cli.core.timing import Clock, Progress, one_thread, unwatched
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.detail.tiles import check_grid
from tokcomp_cli.difficulty.rules import EMBEDDED_FIT, parse_rule
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.measure.curve import Curve
from tokcomp_cli.pipeline.grouped import Outcome, outcome_of_frames, outcome_of_groups
from tokcomp_cli.pipeline.read import FanOut, Read, read_frames
from tokcomp_cli.pipeline.serving import check_serving, serving_setting
from tokcomp_cli.pipeline.stages import Staged
from tokcomp_cli.pipeline.stream import Grouper
from tokcomp_cli.pipeline.token_buffer import TokenBuffer
from tokcomp_cli.pipeline.verdict import verdict
from tokcomp_cli.plan.layers import schedule
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.tiers import fit_tiers
from tokcomp_cli.reduce.budget import widest_tokens
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.progressive import token_count


@dataclass(frozen=True, slots=True)
class Result:
    """An analysis and the tokens it is about.

    Attributes:
        analysis: What was found out.
        groups: Merged frames after the last stage.
        frame_index: The file's number of each frame that was encoded, tiles last.
        pts_seconds: Presentation time of each.
        curve: `explained` as a function of the total of tokens; None where no budget decides it.
    """

    analysis: Analysis
    groups: tuple[MergedFrame, ...]
    frame_index: tuple[int, ...]
    pts_seconds: tuple[float, ...]
    curve: Curve | None


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
        check_plan(plan, encoder)
        grouper, holder = _takers(plan, encoder, clock, threshold=threshold, statistic=statistic)
        takers = [taker for taker in (grouper, holder) if taker is not None]
        if plan.closer:
            takers[0].streamed.pictures = Pictures(facts)
        read = read_frames(path, plan, encoder, FanOut(takers), clock, progress)
        seen, still = read.streamed, read.media.kind == "image"
        settings = plan.record(threshold=threshold, similarity=statistic)
        held = None if holder is None else holder.held()
        if held is not None and plan.over_time:
            found = outcome_of_frames(held, seen, plan, encoder, settings, clock)
        else:
            picture = None if grouper is None else grouper.hardest
            found = outcome_of_groups(seen, picture, plan, encoder, settings, clock, still=still)
        serving = None
        if plan.serving is not None and held is not None:
            with clock.on("serving"), one_thread():
                serving = serving_setting(held, found.original, plan, encoder, still=still)
    staged = found.staged
    last = staged.stages[-1]
    analysis = Analysis(
        media=read.media,
        sampling=read.sampling,
        encoder=facts,
        plan=settings,
        stages=staged.stages,
        layers=schedule(last.tokens_out, layers=plan.layers, keep=plan.layer_keep),
        timeline=_timeline(found, read),
        frame_similarity=FrameSimilarity(
            statistic,
            threshold if plan.temporal in {"frame-merge", "adjacent"} else None,
            tuple(seen.similarities),
        ),
        difficulty=found.difficulty,
        verdict=verdict(
            original=staged.stages[0].tokens_in,
            llm_input=last.tokens_out,
            fidelity=last.fidelity,
            blank=seen.totals.energy < facts.floor * seen.totals.patches,
            recommendation=staged.recommendation,
            budget=str(plan.budget) if plan.budget_stage else None,
            resolution=found.resolution,
            **_remedy(plan),
        ),
        maps=tuple(one for group in staged.groups for one in _keep_maps(group, facts.grid)),
        trace=_trace(staged),
        recommendation=staged.recommendation,
        detail=found.detail,
        lod=found.lod,
        serving=serving,
        resolution=found.resolution,
        warnings=(*read.media.notes, *read.notes, *_warnings(plan, encoder)),
        timings_ms=dict(clock.spent),
    )
    frame_index, pts_seconds = tuple(found.original.frame_index), tuple(found.original.pts_seconds)
    return Result(analysis, found.kept, frame_index, pts_seconds, staged.curve)


def _takers(
    plan: Plan, encoder: Encoder, clock: Clock, *, threshold: float, statistic: str
) -> tuple[Grouper | None, TokenBuffer | None]:
    """Return what merges frames as they come, and what holds them all; at least one of the two."""
    grouper = holder = None
    if not plan.over_time:
        widest = widest_tokens(plan, num_patches=encoder.facts.num_patches)
        grouper = Grouper(encoder, plan, clock, threshold=threshold, statistic=statistic, widest=widest)
    if plan.over_time or plan.serving is not None:
        holder = TokenBuffer(
            encoder,
            clock if plan.over_time else Clock(),
            seed=plan.seed,
            why=f"--temporal {plan.temporal}" if plan.over_time else f"--serving {plan.serving}",
            statistic=statistic,
            extras=plan.serving == "openvino",
        )
    return grouper, holder


def check_plan(plan: Plan, encoder: Encoder) -> None:
    """Check before any file is read that the encoder can do what the plan asks for.

    Raises:
        PlanError: The first thing that it cannot.
    """
    if plan.lod:
        fit_tiers(encoder.facts.grid, plan.tiers)
    if plan.detail:
        check_grid(encoder.facts.grid)
    check_serving(plan, encoder)


def _timeline(found: Outcome, read: Read) -> tuple[TimelineEntry, ...]:
    seen, durations = read.streamed, read.duration_seconds
    entries = []
    for group in found.staged.groups:
        if group.whole_video:
            entries += _frames(group, read)
            continue
        last = seen.frame_index[group.last]
        alike = group.similarities
        new = found.tokens_new if group.first == found.tiles_of else 0
        entries.append(
            TimelineEntry(
                start_seconds=seen.pts_seconds[group.first],
                end_seconds=seen.pts_seconds[group.last] + float(durations[last]),
                first_frame=seen.frame_index[group.first],
                last_frame=last,
                frames=group.frames,
                tokens=len(group.tokens) + new,
                similarity=sum(alike) / len(alike) if alike else None,
            )
        )
    return tuple(entries)


def _frames(group: MergedFrame, read: Read) -> list[TimelineEntry]:
    """Return one entry for each frame of a whole video; a token counts where its earliest patch is."""
    seen, durations = read.streamed, read.duration_seconds
    tokens = torch.bincount(group.tokens.position[:, 0], minlength=len(group.parts)).tolist()
    return [
        TimelineEntry(
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


def _keep_maps(group: MergedFrame, grid: tuple[int, int]) -> list[KeepMap]:
    parts = group.parts if group.whole_video else group.parts[:1]
    return [KeepMap(grid, tuple(part.owner.tolist())) for part in parts]


def _remedy(plan: Plan) -> dict[str, str]:
    """Return what the verdict advises where a preset or tiers decide how many tokens are left."""
    if plan.preset is not None:
        closer = "the measure is the picture at 3 times the resolution; " if plan.preset == "fastvlm" else ""
        return {"remedy": f"{closer}leave out --preset {plan.preset} to choose a budget"}
    return {"remedy": "ask for more tokens a cell in --tiers, or leave it out"} if plan.tiers else {}


def _trace(staged: Staged) -> tuple[TraceStep, ...]:
    steps = []
    budget = [stage.name for stage in staged.stages].index("budget") if staged.steps else 0
    tokens = staged.stages[budget].tokens_in
    kept = staged.stages[budget - 1].fidelity.explained
    for step, explained in zip(staged.steps, staged.step_explained, strict=True):
        after = token_count(step.groups)
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
    if plan.target is not None and plan.tiers_in_ledger:
        warnings.append("tiers take tokens after the budget: none is recommended for --target beside them")
    if plan.target is not None and plan.preset == "fastvlm":
        warnings.append("--preset fastvlm leaves no budget to choose: none is recommended for --target")
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
