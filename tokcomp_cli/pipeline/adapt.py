"""Adapt how frames are merged to what the budget asks for: split them, or take the chain of fewest tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from torch import Tensor

from tokcomp_cli.core.results.curve import Recommendation
from tokcomp_cli.core.timing import Clock, Progress, one_thread, unwatched
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.measure.curve import Curve
from tokcomp_cli.pipeline.chains.chain import Chain, Searched, advise, may_search
from tokcomp_cli.pipeline.chains.merging import curve_merging
from tokcomp_cli.pipeline.chains.search import search_chains
from tokcomp_cli.pipeline.frame_merger import FrameMerger
from tokcomp_cli.pipeline.outcome import Outcome, outcome_of_merged, outcome_of_video
from tokcomp_cli.plan.flags import typed
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reading.read_file import FileRead
from tokcomp_cli.reduce.budget import asked_tokens
from tokcomp_cli.reduce.grouping import merged_frames
from tokcomp_cli.reduce.progressive import token_count
from tokcomp_cli.reduce.regroup import settings_holding
from tokcomp_cli.reduce.video_tokens import HELD_BYTES, VideoTokens


def needs_all_tokens(plan: Plan, settings: ResolvedPlan) -> bool:
    """Return whether all frames' tokens are kept beside the merged frames, where they fit."""
    if plan.detail or not settings.may_split:
        return False
    if _searches(plan):
        return True
    count = plan.budget.budget
    few = settings.may_widen and count.value <= settings.facts.num_patches
    return count.kind == "percent" or (count.kind == "count" and not few)


def _searches(plan: Plan) -> bool:
    return (plan.search_chains or plan.budget.budget.kind == "target") and may_search(plan)


@dataclass(frozen=True, slots=True)
class Adapter:
    """One pass over a file, and what its frames are adapted with.

    Attributes:
        merger: Holds the merged frames.
        read: What was read of the file.
        pictures: A few of the frames' pictures.
        settings: In force before anything is adapted.
        encoder: The encoder.
        clock: Gets the milliseconds.
        progress: Called with ways to merge done and to do, where several are tried.
    """

    merger: FrameMerger
    read: FileRead
    pictures: Pictures
    settings: ResolvedPlan
    encoder: Encoder
    clock: Clock
    progress: Progress = unwatched

    def outcome(self, video: VideoTokens | None) -> tuple[Outcome, ResolvedPlan]:
        """Return what becomes of the frames, and the settings in force.

        Args:
            video: All frames' tokens; None where nothing can be adapted, or they do not fit into memory.
        """
        if video is None:
            return self._without_tokens(), self.settings
        if len(video.features) == 1:
            return self._merged(self.settings, None), self.settings
        found, settings = self._split(video)
        curve, aim = found.state.curve, settings.plan.budget.target
        if curve is None or not _searches(settings.plan):
            return _advised(found, _with_split(found.state.recommendation, self.settings, settings)), settings
        original = found.state.original
        with one_thread(), self.clock.on("chains"):
            if settings is not self.settings:  # what is recommended needs no split
                curve = curve_merging(video, original, self.settings)
            search = partial(search_chains, video, original, self.settings, curve, progress=self.progress)
            advised = None if aim is None else search(aim)
            aimed = None
            if settings.budget.kind == "target":
                aimed = advised if settings.budget.value == aim else search(settings.budget.value)
            advice, other = None, None
            if advised is not None and aim is not None:
                other = advised.best.curve()
                advice = advise(advised, other, aim, settings.plan.budget.weakest)
        if aimed is not None:
            found = _told(self._of_chain(aimed.best, video, found), aimed)
            settings = aimed.best.settings
        if not settings.plan.maps or advised is None or advised.best.settings == settings:
            other = None
        return _advised(found, advice, other), settings

    def _without_tokens(self) -> Outcome:
        found = self._merged(self.settings, None)
        if not needs_all_tokens(self.settings.plan, self.settings):
            return found
        frames, facts = self.read.sampling.frames_sampled, self.settings.facts
        take = frames * facts.num_patches * facts.dim * 4 / 2**30
        note = (
            f"only the default way to merge frames was tried: the tokens of all {frames:,} frames would take "
            f"{take:.3g} GiB, more than {HELD_BYTES / 2**30:.3g} GiB; sample fewer frames for the others"
        )
        advice = found.state.recommendation
        noted = _noted(found, [note]) if self.settings.budget.kind != "auto" else found
        return _advised(noted, None if advice is None else replace(advice, not_tried=note))

    def _split(self, video: VideoTokens) -> tuple[Outcome, ResolvedPlan]:
        settings = self.settings
        if settings.budget.kind not in {"count", "percent"}:
            return self._merged(settings, None), settings
        asked = asked_tokens(
            settings.budget,
            band="",
            original=video.shape[0] * video.shape[1],
            merged_frames=len(self.merger.groups),
            num_patches=settings.facts.num_patches,
        )
        with one_thread(), self.clock.on("temporal"):
            settings, note = split_frames(self.merger, video, settings, self.encoder.blank, asked)
        return self._merged(settings, note), settings

    def _merged(self, settings: ResolvedPlan, note: str | None) -> Outcome:
        return outcome_of_merged(
            self.merger,
            self.read.seen,
            self.pictures,
            settings,
            self.encoder,
            self.clock,
            still=self.read.media.kind == "image",
            notes=() if note is None else (note,),
        )

    def _of_chain(self, chain: Chain, video: VideoTokens, default: Outcome) -> Outcome:
        if not chain.options:
            return default
        if chain.settings.plan.temporal.whole_video:
            seen, pictures = self.read.seen, self.pictures
            return outcome_of_video(video, seen, pictures, chain.settings, self.encoder, self.clock)
        with one_thread(), self.clock.on("temporal"):
            self.merger.replace(merged_frames(video, self.encoder.blank, chain.settings))
        return self._merged(chain.settings, None)


def split_frames(
    merger: FrameMerger, video: VideoTokens, before: ResolvedPlan, blank: Tensor, asked: int
) -> tuple[ResolvedPlan, str | None]:
    """Split merged frames, where the plan allows it, until they hold as many tokens as were asked for.

    Args:
        merger: Holds the merged frames, and then others.
        video: All frames' tokens.
        before: The settings that they were merged by.
        blank: Blank response of the encoder, (P, D).
        asked: Tokens for the whole input.

    Returns:
        The settings that they are merged by, and what was changed about it.
    """
    settings, note, needed = before, None, asked
    # A method may keep fewer tokens than it is asked for: then frames are split further.
    while settings.may_split and settings.temporal != "none" and token_count(merger.groups) < asked:
        settings, note = settings_holding(video, blank, before, needed)
        merger.replace(merged_frames(video, blank, settings))
        needed = len(merger.groups) * settings.widest_tokens + 1
    return settings, note


def _advised(found: Outcome, advice: Recommendation | None, other: Curve | None = None) -> Outcome:
    return replace(found, state=replace(found.state, recommendation=advice, other_curve=other))


def _with_split(
    advice: Recommendation | None, before: ResolvedPlan, settings: ResolvedPlan
) -> Recommendation | None:
    """Return advice with the options that make the same merged frames, where a budget had them split."""
    if advice is None or settings is before:
        return advice
    unmerged = settings.temporal != before.temporal
    split = {"temporal": settings.temporal} if unmerged else {"threshold": settings.threshold}
    return replace(advice, options={**advice.options, **split})


def _noted(found: Outcome, notes: Sequence[str]) -> Outcome:
    *before, last = found.state.records
    records = (*before, replace(last, notes=(*last.notes, *notes)))
    return replace(found, state=replace(found.state, records=records))


def _told(found: Outcome, searched: Searched) -> Outcome:
    """Return an outcome whose last line says which chain was taken, and what the default needs."""
    default = next(one for one in searched.chains if not one.options)
    notes = []
    if searched.best.options:
        chosen = typed(searched.best.options)
        needs = "does not reach it" if default.tokens is None else f"needs {default.tokens:,} tokens"
        notes.append(f"{chosen} reaches the target with the fewest tokens; the default {needs}")
    if searched.note is not None:
        notes.append(searched.note)
    return _noted(found, notes)
