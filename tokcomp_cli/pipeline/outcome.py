"""What becomes of the frames after a pass: difficulty, detail path, tiers of relevance, and the stages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from tokcomp_cli.core.results.advice import Detail, Lod
from tokcomp_cli.core.results.difficulty import Difficulty, Resolution
from tokcomp_cli.core.timing import Clock, one_thread
from tokcomp_cli.detail.hardest import hardest_of
from tokcomp_cli.detail.lod import levels, measured
from tokcomp_cli.detail.resolution_check import check_resolution
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.detail.tiles import TileFeatures, decide, look_closer, measure_detail
from tokcomp_cli.difficulty.rules import parse_rule
from tokcomp_cli.difficulty.score import difficulty
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.pipeline.frame_merger import FrameMerger
from tokcomp_cli.pipeline.stage import State, run_stages
from tokcomp_cli.pipeline.stage_list import detail_stages, merging_stages, whole_video_stages
from tokcomp_cli.pipeline.stages.detail import tile_frame
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.plan.tiers import fit_tiers
from tokcomp_cli.reading.frame_pass import FramesSeen
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.video_tokens import VideoTokens
from tokcomp_cli.reduce.whole_video import frame_signals


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the frames.

    Attributes:
        state: After the last stage.
        difficulty: How hard they look.
        resolution: What the resize to the encoder's input leaves, or None where it was not asked for.
        detail: Whether the detail path is wanted, and what it is worth where that was measured.
        lod: What tiers of relevance leave, or None where they were not asked for.
        tiles_of: The sampled frame whose tiles were encoded beside the frames, or None.
    """

    state: State
    difficulty: Difficulty
    resolution: Resolution | None
    detail: Detail
    lod: Lod | None = None
    tiles_of: int | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """How hard the input looks; index and start in seconds of its hardest merged frame."""

    difficulty: Difficulty
    resolution: Resolution | None
    detail: Detail
    hardest: int
    at_seconds: float | None


def outcome_of_video(
    video: VideoTokens,
    seen: FramesSeen,
    pictures: Pictures,
    plan: ResolvedPlan,
    encoder: Encoder,
    clock: Clock,
) -> Outcome:
    """Return what becomes of frames among whose tokens a method chooses over the whole video."""
    with one_thread():
        with clock.on("fidelity"):
            original = seen.original(encoder)
        with clock.on("difficulty"):
            signals = frame_signals(video, original.blank, encoder.facts)
    ones, starts = [1] * len(signals), seen.pts_seconds
    judged = _judge(signals, ones, starts, pictures, plan, clock, still=len(signals) == 1)
    with one_thread():
        stages = whole_video_stages(plan, judged.difficulty.band)
        state = run_stages(stages, State(original, video=video), clock)
    return Outcome(state, judged.difficulty, judged.resolution, judged.detail)


def outcome_of_merged(
    merger: FrameMerger,
    seen: FramesSeen,
    pictures: Pictures,
    plan: ResolvedPlan,
    encoder: Encoder,
    clock: Clock,
    *,
    still: bool,
    notes: tuple[str, ...] = (),
) -> Outcome:
    """Return what becomes of merged frames.

    Args:
        merger: Holds the merged frames, and the picture of the hardest where the detail path is measured.
        seen: What is known of all frames.
        pictures: A few of their pictures.
        plan: In force.
        encoder: Sees the tiles.
        clock: Gets the milliseconds.
        still: Whether the input is an image.
        notes: What was changed about merging them.
    """
    groups = tuple(merger.groups)
    starts = [seen.pts_seconds[group.first] for group in groups]
    signals, frames = [group.signals for group in groups], [group.frames for group in groups]
    judged = _judge(signals, frames, starts, pictures, plan, clock, still=still)
    tiles = None
    if merger.hardest is not None:
        with clock.on("detail"):
            tiles = look_closer(merger.hardest, encoder, _globals(groups[judged.hardest], plan))
    with one_thread():
        if tiles is not None and plan.plan.preset == "fastvlm":
            return _with_tiles(groups, seen, judged, tiles, plan, encoder, clock)
        with clock.on("fidelity"):
            original = seen.original(encoder)
            detail = judged.detail if tiles is None else measure_detail(judged.detail, tiles, encoder.facts)
        found = lod = None
        if plan.plan.tiers_measured:
            with clock.on("lod"):
                cell, asked = fit_tiers(encoder.facts.grid, plan.plan.tiers)
                found = levels(groups, encoder.facts.grid, cell, asked)
        taking = found if plan.plan.tiers_in_ledger else None
        stages = merging_stages(plan, judged.difficulty.band, taking, notes)
        state = run_stages(stages, State(original, groups, per_frame=True), clock)
        if found is not None:
            with clock.on("fidelity"):
                lod = measured(groups, found, original, hardest=judged.hardest, at_seconds=judged.at_seconds)
    return Outcome(state, judged.difficulty, judged.resolution, detail, lod)


def _judge(
    signals: Sequence[ImageSignals],
    frames: Sequence[int],
    starts_seconds: Sequence[float],
    pictures: Pictures,
    plan: ResolvedPlan,
    clock: Clock,
    *,
    still: bool,
) -> _Judged:
    how, query = plan.plan.difficulty, plan.plan.query
    rule = parse_rule(how.rule)
    found = difficulty(signals, frames, starts_seconds, query, grid=plan.facts.grid, rule=rule, cuts=how.cuts)
    resolution = None
    if plan.plan.resolution_check:
        found, resolution = check_resolution(pictures.kept, found, plan.facts, clock, ocr=plan.plan.ocr)
    hardest = hardest_of(signals, rule)
    at = None if still else starts_seconds[hardest]
    detail = decide(query, signals[hardest], at_seconds=at, text=found.text_likelihood)
    return _Judged(found, resolution, detail, hardest, at)


def _globals(group: MergedFrame, plan: ResolvedPlan) -> Tensor | None:
    """Return the content of the global token over each patch, (P, D), where the plan pooled to those."""
    return group.tokens.content[group.parts[0].owner] if plan.plan.preset == "fastvlm" else None


def _with_tiles(
    groups: tuple[MergedFrame, ...],
    seen: FramesSeen,
    judged: _Judged,
    features: TileFeatures,
    plan: ResolvedPlan,
    encoder: Encoder,
    clock: Clock,
) -> Outcome:
    """Return what becomes of merged frames and the tiles of the hardest one."""
    frames, first = len(seen.frame_index), groups[judged.hardest].first
    count = len(features.tiles.content)
    with clock.on("fidelity"):
        for tile, content in enumerate(features.tiles.content):
            tokens = features.tiles.tokens
            seen.totals.add(tokens.features[tile], content, tokens.saliency[tile])
            seen.reservoir.add(frames + tile, content, tokens.saliency[tile])
        original = replace(
            seen.original(encoder),
            frame_index=[*seen.frame_index, *[seen.frame_index[first]] * count],
            pts_seconds=[*seen.pts_seconds, *[seen.pts_seconds[first]] * count],
        )
        detail = measure_detail(judged.detail, features, encoder.facts)
    with clock.on("detail"):
        signals = groups[judged.hardest].signals
        tiles = tile_frame(features.tiles, original.blank, encoder.facts, frames, signals)
    stages = detail_stages(plan, detail, features, tiles, judged.hardest)
    state = run_stages(stages, State(original, groups, per_frame=True), clock)
    return Outcome(state, judged.difficulty, judged.resolution, detail, tiles_of=first)
