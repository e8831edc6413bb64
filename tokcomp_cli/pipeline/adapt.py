"""Adapt how frames are merged to what the budget asks for: split them, or take the chain of fewest tokens."""

from dataclasses import dataclass, replace

from tokcomp_cli.core.timing import Clock, one_thread
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.measure.curve import search
from tokcomp_cli.pipeline.chains import Chain, Searched, may_search, search_chains, with_chains
from tokcomp_cli.pipeline.frame_merger import FrameMerger
from tokcomp_cli.pipeline.frame_pass import FileRead
from tokcomp_cli.pipeline.outcome import Outcome, outcome_of_merged, outcome_of_video
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.budget import asked_tokens
from tokcomp_cli.reduce.grouping import merged_frames
from tokcomp_cli.reduce.regroup import merged_frames_holding
from tokcomp_cli.reduce.video_tokens import VideoTokens


def needs_all_tokens(plan: Plan, settings: ResolvedPlan) -> bool:
    """Return whether all frames' tokens are kept beside the merged frames, where they fit."""
    if plan.detail or not settings.may_split:
        return False
    if plan.search_chains or plan.budget.budget.kind == "target":
        return may_search(plan)
    count = plan.budget.budget
    return count.kind == "percent" or (count.kind == "count" and count.value > settings.facts.num_patches)


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
    """

    merger: FrameMerger
    read: FileRead
    pictures: Pictures
    settings: ResolvedPlan
    encoder: Encoder
    clock: Clock

    def outcome(self, video: VideoTokens | None) -> tuple[Outcome, ResolvedPlan]:
        """Return what becomes of the frames, and the settings in force.

        Args:
            video: All frames' tokens; None where nothing can be adapted.
        """
        if video is None or len(video.features) == 1:
            return self._merged(self.settings, None), self.settings
        found, settings = self._split(video)
        plan = settings.plan
        target = plan.budget.budget.value if settings.budget.kind == "target" else plan.budget.target
        if target is None or not may_search(plan) or found.state.curve is None:
            return found, settings
        with one_thread(), self.clock.on("chains"):
            default = search(found.state.curve, target)
            searched = search_chains(video, found.state.original, settings, target, default)
        best = self._of_chain(searched.best, video, found)
        if settings.budget.kind == "target":
            return _told(best, searched), searched.best.settings
        advice = best.state.recommendation
        if advice is not None:
            state = replace(found.state, recommendation=with_chains(advice, searched))
            found = replace(found, state=state)
        return found, settings

    def _split(self, video: VideoTokens) -> tuple[Outcome, ResolvedPlan]:
        settings, held = self.settings, len(self.merger.groups) * self.settings.facts.num_patches
        if settings.budget.kind not in {"count", "percent"}:
            return self._merged(settings, None), settings
        asked = asked_tokens(
            settings.budget,
            band="",
            original=video.features.shape[0] * video.features.shape[1],
            merged_frames=len(self.merger.groups),
            num_patches=settings.facts.num_patches,
        )
        if asked <= held:
            return self._merged(settings, None), settings
        with one_thread(), self.clock.on("temporal"):
            groups, settings, note = merged_frames_holding(video, self.encoder.blank, settings, asked)
            self.merger.replace(groups)
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


def _told(found: Outcome, searched: Searched) -> Outcome:
    """Return an outcome whose last line says which chain was taken, and what the default needs."""
    default = next(one for one in searched.chains if not one.options)
    notes = []
    if searched.best.options:
        chosen = " ".join(f"--{key} {value}" for key, value in searched.best.options.items())
        needs = "does not reach it" if default.tokens is None else f"needs {default.tokens:,} tokens"
        notes.append(f"{chosen} reaches the target with the fewest tokens; the default {needs}")
    if searched.note is not None:
        notes.append(searched.note)
    *before, last = found.state.records
    records = (*before, replace(last, notes=(*last.notes, *notes)))
    return replace(found, state=replace(found.state, records=records))
