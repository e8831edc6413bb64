"""The run: a file and a plan in, a result out."""

from torch import Tensor

from tokcomp_cli.core.results.advice import Serving
from tokcomp_cli.core.results.analysis import Analysis, FrameSimilarity
from tokcomp_cli.core.results.curve import Weakest
from tokcomp_cli.core.timing import Clock, Progress, one_thread, unwatched
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.detail.tiles import check_grid
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import ContractError
from tokcomp_cli.measure.weakest import shows_one_picture, weakest_of
from tokcomp_cli.pipeline.adapt import Adapter, needs_all_tokens
from tokcomp_cli.pipeline.frame_merger import FrameMerger
from tokcomp_cli.pipeline.keep_maps import (
    keep_maps,
    lost_per_patch,
    nested_maps,
    recommended_maps,
    wanted_totals,
)
from tokcomp_cli.pipeline.outcome import Outcome, outcome_of_video
from tokcomp_cli.pipeline.result import Result
from tokcomp_cli.pipeline.serving import check_serving, serving_setting
from tokcomp_cli.pipeline.stage import State
from tokcomp_cli.pipeline.timeline import timeline
from tokcomp_cli.pipeline.token_buffer import TokenBuffer
from tokcomp_cli.pipeline.verdict import verdict
from tokcomp_cli.pipeline.warnings import warnings_of
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import ResolvedPlan, resolve
from tokcomp_cli.plan.tiers import fit_tiers
from tokcomp_cli.reading.frame_pass import FrameConsumer
from tokcomp_cli.reading.read_file import FileRead, read_file
from tokcomp_cli.reduce.progressive import token_count
from tokcomp_cli.reduce.video_tokens import VideoTokens


def run(path: str, plan: Plan, encoder: Encoder, progress: Progress = unwatched) -> Result:
    """Return what the plan makes of a file.

    Args:
        path: A local file.
        plan: What was asked for.
        encoder: The encoder of the plan.
        progress: Called with frames done and frames to do, then with ways to merge.

    Raises:
        MediaError: The file cannot be read as a picture or a video.
        PlanError: The plan does not fit the file (no frame in the window).
        EncoderError: The encoder returned what is not finite.
    """
    clock = Clock()
    with clock.on("total"):
        with clock.on("encode"):
            _ = encoder.blank  # computed at its first use
        check_plan(plan, encoder)
        settings = resolve(plan, encoder.facts)
        pictures = Pictures(encoder.facts if plan.resolution_check else None)
        # Streaming and whole-video methods differ here: in what the frames are handed to.
        if plan.temporal.whole_video:
            why = f"`temporal` {settings.temporal}"
            buffer = TokenBuffer(settings, encoder.blank, clock, pictures, why=why)
            read = read_file(path, plan, encoder, [buffer], clock, progress)
            similarities, tokens = buffer.similarities, buffer.video()
            video: VideoTokens | None = tokens
            found = outcome_of_video(tokens, read.seen, pictures, settings, encoder, clock)
        else:
            merger = FrameMerger(encoder, settings, clock, pictures)
            kept = _beside(plan, settings, encoder.blank, clock)
            consumers: list[FrameConsumer] = [merger] if kept is None else [merger, kept]
            read = read_file(path, plan, encoder, consumers, clock, progress)
            video = None if kept is None or not kept.kept else kept.video()
            adapter = Adapter(merger, read, pictures, settings, encoder, clock, progress)
            found, settings = adapter.outcome(video)
            similarities = merger.similarities
        serving = None if plan.serving is None else _serving(video, found, read, plan, encoder, clock)
    analysis = _analysis(found, read, settings, similarities, serving, clock)
    original = found.state.original
    frame_index, pts_seconds = tuple(original.frame_index), tuple(original.pts_seconds)
    return Result(analysis, found.state.groups, frame_index, pts_seconds, found.state.curve)


def check_plan(plan: Plan, encoder: Encoder) -> None:
    """Check before any file is read that the encoder can do what the plan asks for.

    Raises:
        PlanError: The first thing that it cannot.
    """
    if plan.tiers_measured:
        fit_tiers(encoder.facts.grid, plan.tiers)
    if plan.detail:
        check_grid(encoder.facts.grid)
    check_serving(plan, encoder)


def _beside(plan: Plan, settings: ResolvedPlan, blank: Tensor, clock: Clock) -> TokenBuffer | None:
    """Return what keeps all tokens beside the merged frames, where something asks for them."""
    if plan.serving is not None:
        why, extras = f"`serving` {plan.serving}", plan.serving == "openvino"
        return TokenBuffer(settings, blank, clock, Pictures(), why=why, extras=extras)
    if not needs_all_tokens(plan, settings):
        return None
    return TokenBuffer(settings, blank, clock, Pictures(), why="the budget", optional=True)


def _serving(
    video: VideoTokens | None,
    found: Outcome,
    read: FileRead,
    plan: Plan,
    encoder: Encoder,
    clock: Clock,
) -> Serving:
    if video is None:
        raise ContractError("a serving engine's rule needs all frames' tokens; please report this")
    with clock.on("serving"), one_thread():
        still = read.media.kind == "image"
        return serving_setting(video, found.state.original, plan, encoder, still=still)


def _analysis(
    found: Outcome,
    read: FileRead,
    settings: ResolvedPlan,
    similarities: list[float | None],
    serving: Serving | None,
    clock: Clock,
) -> Analysis:
    plan, state = settings.plan, found.state
    if state.layers is None:
        raise ContractError("no stage counted the tokens inside the language model; please report this")
    shown = state.groups if state.shown is None else state.shown
    new = token_count(state.groups) - token_count(shown)
    with clock.on("fidelity"), one_thread():
        weakest = _weakest(state, settings)
        lost = lost_per_patch(shown, state.original) if plan.maps else None
        wanted = wanted_totals(state.last.tokens_out, state.recommendation)
        nested = nested_maps(shown, state.curve, wanted) if plan.maps else None
        other_maps = recommended_maps(state, read, settings.facts.grid)
    totals, stages = read.seen.totals, [record.name for record in state.records]
    compares = settings.temporal in {"frame-merge", "adjacent"}
    return Analysis(
        media=read.media,
        sampling=read.sampling,
        encoder=settings.facts,
        plan=settings.record(),
        stages=state.records,
        layers=state.layers,
        timeline=timeline(shown, read, tiles_of=found.tiles_of, tokens_new=new),
        frame_similarity=FrameSimilarity(
            settings.similarity, settings.threshold if compares else None, tuple(similarities)
        ),
        difficulty=found.difficulty,
        verdict=verdict(
            original=state.records[0].tokens_in,
            llm_input=state.last.tokens_out,
            fidelity=state.last.fidelity,
            blank=totals.energy < settings.facts.floor * totals.patches,
            recommendation=state.recommendation,
            weakest=weakest,
            budget=str(plan.budget.budget) if "budget" in stages else None,
            resolution=found.resolution,
            text=found.difficulty.text_likelihood,
            **_remedy(plan),
        ),
        maps=keep_maps(shown, settings.facts.grid, lost),
        nested=nested,
        recommended_maps=other_maps,
        trace=state.trace,
        recommendation=state.recommendation,
        detail=found.detail,
        lod=found.lod,
        serving=serving,
        resolution=found.resolution,
        weakest=weakest,
        gate=read.gate,
        warnings=(*read.media.notes, *read.notes, *warnings_of(settings)),
        timings_ms=dict(clock.spent),
    )


def _weakest(state: State, settings: ResolvedPlan) -> Weakest:
    """Return what lost most at the end: of a video the worst frame of the last line, already measured."""
    worst = state.last.fidelity.worst_frame
    if shows_one_picture(state.original) or state.per_frame:
        return weakest_of(state.groups, state.original, settings.facts.grid)
    return Weakest(worst.explained, worst.frame, worst.seconds)


def _remedy(plan: Plan) -> dict[str, str]:
    """Return what the verdict advises where a preset or tiers decide how many tokens are left."""
    if plan.preset is not None:
        closer = "the measure is the picture at 3 times the resolution; " if plan.preset == "fastvlm" else ""
        return {"remedy": f"{closer}leave out --preset {plan.preset} to choose a budget"}
    return {"remedy": "ask for more tokens a cell in --tiers, or leave it out"} if plan.tiers else {}
