"""What follows one pass over the frames: difficulty, detail path, tiers of relevance, and the stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.results.advice import Detail, Lod
from tokcomp_cli.core.results.analysis import Scalar
from tokcomp_cli.core.results.difficulty import Difficulty, Resolution
from tokcomp_cli.core.timing import Clock, one_thread
from tokcomp_cli.detail.hardest import HardestPicture, hardest_of
from tokcomp_cli.detail.lod import Levels, levels, measured
from tokcomp_cli.detail.resolution_check import closer_look
from tokcomp_cli.detail.tiles import TileFeatures, decide, look_closer, measure_detail
from tokcomp_cli.difficulty.rules import parse_rule
from tokcomp_cli.difficulty.score import difficulty
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.measure.fidelity import Original
from tokcomp_cli.pipeline.detail_stages import run_detail_stages, see_tiles
from tokcomp_cli.pipeline.read import original_of
from tokcomp_cli.pipeline.stages import Staged, run_stages
from tokcomp_cli.pipeline.stream import Streamed
from tokcomp_cli.pipeline.video_stages import run_video_stages
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.tiers import fit_tiers
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.progressive import token_count
from tokcomp_cli.reduce.video_tokens import VideoTokens
from tokcomp_cli.reduce.whole_video import frame_signals


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the frames.

    Attributes:
        difficulty: How hard they look.
        staged: What the stages made of them.
        original: What the stages were measured against.
        kept: The tokens that are left, as merged frames that cover every input of the encoder.
        detail: Whether the detail path is wanted, and what it is worth where that was measured.
        lod: What tiers of relevance leave, or None where they were not asked for.
        tiles_of: The sampled frame whose tiles were encoded beside the frames, or None.
        resolution: What the resize to the encoder's input leaves, or None where nobody asked.
    """

    difficulty: Difficulty
    staged: Staged
    original: Original
    kept: tuple[MergedFrame, ...]
    detail: Detail
    lod: Lod | None = None
    tiles_of: int | None = None
    resolution: Resolution | None = None

    @property
    def tokens_new(self) -> int:
        """Return the detail tokens that are kept beside the merged frames' own."""
        return token_count(self.kept) - token_count(self.staged.groups)


def outcome_of_frames(
    held: VideoTokens,
    seen: Streamed,
    plan: Plan,
    encoder: Encoder,
    settings: Mapping[str, Scalar],
    clock: Clock,
) -> Outcome:
    """Return what becomes of frames of which a temporal method chooses tokens over the whole video."""
    facts = encoder.facts
    with one_thread():
        with clock.on("fidelity"):
            original = original_of(seen, encoder)
        with clock.on("difficulty"):
            signals = frame_signals(held, original.blank, facts)
        hardness = hardness_of(signals, [1] * len(signals), seen.pts_seconds, plan, facts)
        staged = run_video_stages(
            held, original, plan, settings=settings, band=hardness.band, facts=facts, clock=clock
        )
    hardness, left = closer_look(seen.pictures.kept, hardness, plan, facts, clock)
    hardest = hardest_of(signals, parse_rule(plan.difficulty))
    at = seen.pts_seconds[hardest] if len(signals) > 1 else None
    detail = decide(plan.query, signals[hardest], at_seconds=at, text=hardness.text_likelihood)
    return Outcome(hardness, staged, original, staged.groups, detail, resolution=left)


def hardness_of(
    signals: Sequence[ImageSignals],
    frames: Sequence[int],
    starts_seconds: Sequence[float],
    plan: Plan,
    facts: EncoderFacts,
) -> Difficulty:
    """Return how hard the input looks, by the plan's rule and cuts."""
    return difficulty(
        signals,
        frames,
        starts_seconds,
        plan.query,
        grid=facts.grid,
        rule=parse_rule(plan.difficulty),
        cuts=plan.difficulty_cuts,
    )


def outcome_of_groups(
    seen: Streamed,
    picture: HardestPicture | None,
    plan: Plan,
    encoder: Encoder,
    settings: Mapping[str, Scalar],
    clock: Clock,
    *,
    still: bool,
) -> Outcome:
    """Return what becomes of merged frames.

    Args:
        seen: What the pass over the frames left behind.
        picture: Of the hardest merged frame, where the plan measures the detail path.
        plan: What was asked for.
        encoder: Sees the tiles.
        settings: The settings in force by name.
        clock: Gets the milliseconds.
        still: Whether the input is an image.
    """
    groups, starts = seen.groups, [seen.pts_seconds[group.first] for group in seen.groups]
    signals = [group.signals for group in groups]
    hardness = hardness_of(signals, [group.frames for group in groups], starts, plan, encoder.facts)
    hardness, left = closer_look(seen.pictures.kept, hardness, plan, encoder.facts, clock)
    hardest = hardest_of(signals, parse_rule(plan.difficulty))
    at = None if still else starts[hardest]
    decision = decide(plan.query, signals[hardest], at_seconds=at, text=hardness.text_likelihood)
    closer = None
    if picture is not None:
        with clock.on("detail"):
            closer = look_closer(picture, encoder, _globals(groups[hardest], plan))
    with one_thread():
        if closer is not None and plan.preset == "fastvlm":
            made = _detailed(seen, closer, decision, hardness, hardest, encoder, plan, settings, clock)
            return replace(made, resolution=left)
        with clock.on("fidelity"):
            original = original_of(seen, encoder)
            detail = decision if closer is None else measure_detail(decision, closer, encoder.facts)
        tiers = None
        if plan.lod:
            with clock.on("lod"):
                cell, asked = fit_tiers(encoder.facts.grid, plan.tiers)
                tiers = levels(groups, encoder.facts.grid, cell, asked)
        staged = _staged(groups, original, plan, hardness, encoder, settings, clock, tiers)
        lod = None
        if tiers is not None:
            with clock.on("fidelity"):
                lod = measured(groups, tiers, original, hardest=hardest, at_seconds=at)
    return Outcome(hardness, staged, original, staged.groups, detail, lod, resolution=left)


def _staged(
    groups: Sequence[MergedFrame],
    original: Original,
    plan: Plan,
    hardness: Difficulty,
    encoder: Encoder,
    settings: Mapping[str, Scalar],
    clock: Clock,
    tiers: Levels | None,
) -> Staged:
    return run_stages(
        groups,
        original,
        plan,
        settings=settings,
        band=hardness.band,
        facts=encoder.facts,
        clock=clock,
        tiers=tiers if plan.tiers_in_ledger else None,
    )


def _globals(group: MergedFrame, plan: Plan) -> Tensor | None:
    """Return the content of the global token over each patch, (P, D), where the plan pooled to those."""
    return group.tokens.content[group.parts[0].owner] if plan.preset == "fastvlm" else None


def _detailed(
    seen: Streamed,
    closer: TileFeatures,
    decision: Detail,
    hardness: Difficulty,
    hardest: int,
    encoder: Encoder,
    plan: Plan,
    settings: Mapping[str, Scalar],
    clock: Clock,
) -> Outcome:
    """Return what becomes of merged frames and the tiles of the hardest one."""
    shown = seen.groups[hardest].first
    count = len(closer.tiles.content)
    with clock.on("fidelity"):
        see_tiles(seen, closer.tiles)
        original = original_of(seen, encoder)
        original = replace(
            original,
            frame_index=[*seen.frame_index, *[seen.frame_index[shown]] * count],
            pts_seconds=[*seen.pts_seconds, *[seen.pts_seconds[shown]] * count],
        )
    made = run_detail_stages(
        seen.groups,
        original,
        closer,
        decision,
        hardest=hardest,
        plan=plan,
        settings=settings,
        facts=encoder.facts,
        clock=clock,
    )
    staged = Staged(made.stages, made.groups, None, (), ())
    return Outcome(hardness, staged, original, (made.whole,), made.detail, tiles_of=shown)
