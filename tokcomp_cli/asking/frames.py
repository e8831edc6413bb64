"""The frames that a model is shown: those sampled from the file, or one for each merged frame."""

from collections.abc import Callable
from dataclasses import dataclass

from tokcomp_cli.core.frames import FrameBatch, MediaFacts
from tokcomp_cli.core.timing import Clock, Progress
from tokcomp_cli.detail.sampled_pictures import Pictures as SampledPictures
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import MediaError, PlanError
from tokcomp_cli.media.media import Media
from tokcomp_cli.pipeline.frame_merger import FrameMerger
from tokcomp_cli.pipeline.outcome import Outcome, outcome_of_merged
from tokcomp_cli.pipeline.run import check_plan
from tokcomp_cli.pipeline.warnings import warnings_of
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import ResolvedPlan, resolve
from tokcomp_cli.reading.chosen_frames import chosen_frames
from tokcomp_cli.reading.frame_pass import BATCH_FRAMES, pass_over
from tokcomp_cli.reduce.video_tokens import HELD_BYTES
from tokcomp_cli.vlm.base import Pictures


@dataclass(frozen=True, slots=True)
class SampledFrames:
    """The sampled frames of a file, decoded once: the model and the merging of frames read the same ones.

    Attributes:
        media: The file.
        batches: The frames as displayed.
        notes: What was limited or changed, each a sentence.
    """

    media: MediaFacts
    batches: tuple[FrameBatch, ...]
    notes: tuple[str, ...]

    @property
    def pictures(self) -> Pictures:
        """Return the frames as a model is shown them."""
        return Pictures(
            rgb=tuple(frame.rgb() for batch in self.batches for frame in batch.pictures),
            pts_seconds=tuple(float(pts) for batch in self.batches for pts in batch.pts_seconds),
            video=self.media.kind != "image",
            duration_seconds=self.media.duration_seconds or 0.0,
        )

    def __len__(self) -> int:
        return sum(len(batch) for batch in self.batches)


@dataclass(frozen=True, slots=True)
class FrameChoice:
    """What our own encoder says of the frames.

    Attributes:
        ordinals: Which of them stand for merged frames, rising; all where none were merged.
        band: Difficulty band; None where it was not asked for.
        notes: What became of the frames, each a sentence.
    """

    ordinals: tuple[int, ...]
    band: str | None = None
    notes: tuple[str, ...] = ()


def sampled_frames(media: Media, plan: Plan) -> SampledFrames:
    """Return the sampled frames of an open file.

    Raises:
        MediaError: No frame can be decoded.
        PlanError: No frame is in the window, or they do not fit into memory.
    """
    sampling = chosen_frames(media, plan)
    _check_room(len(sampling.frame_index), media.facts)
    read = media.frames(sampling.frame_index, max_batch=BATCH_FRAMES)
    batches = tuple(batch.made() for batch in read)
    facts = media.facts
    if not batches:
        raise MediaError(f"no frame of {facts.path!r} could be decoded; check that the file is whole")
    return SampledFrames(facts, batches, (*facts.notes, *sampling.notes))


def choose_frames(
    frames: SampledFrames,
    plan: Plan,
    question: str,
    encoder_of: Callable[[], Encoder],
    clock: Clock,
    progress: Progress,
    *,
    merge: bool,
) -> FrameChoice:
    """Return the frames that stand for merged ones, and how hard the input looks.

    A merged frame is shown by its middle sampled frame. Our own encoder finds merged frames and the
    difficulty; it is loaded only where one of them is wanted.

    Args:
        frames: The sampled frames.
        plan: For merging frames; its budget says whether the difficulty is wanted.
        question: Counts for the difficulty.
        encoder_of: Gives the encoder.
        clock: Gets the milliseconds of `merge`.
        progress: Called with frames done and frames to do.
        merge: Whether frames are merged.
    """
    count = len(frames)
    auto = plan.budget.budget.kind == "auto"
    if not auto and not merge:
        return FrameChoice(tuple(range(count)))
    encoder = encoder_of()
    query = question if auto else None  # counts for the difficulty, and for nothing else here
    settings = resolve(plan.but(budget="auto", query=query), encoder.facts)
    with clock.on("merge"):
        found = _merged(frames, settings, encoder, progress)
    band = found.difficulty.band if auto else None
    if not merge:
        return FrameChoice(tuple(range(count)), band)
    ordinals = tuple((group.first + group.last) // 2 for group in found.state.groups)
    merged = "1 merged frame" if len(ordinals) == 1 else f"{len(ordinals)} merged frames, each"
    note = f"before the encoder: {count} sampled frames became {merged} shown by its middle frame; "
    note += "explained is measured on those"
    if len(ordinals) == count:
        note = f"before the encoder: none of {count} sampled frames are alike enough to merge"
    return FrameChoice(ordinals, band, (note, *warnings_of(settings)))


def _merged(frames: SampledFrames, settings: ResolvedPlan, encoder: Encoder, progress: Progress) -> Outcome:
    """Return what the pipeline makes of the frames that are already decoded."""
    plan, clock, count = settings.plan, Clock(), len(frames)
    check_plan(plan, encoder)
    pictures = SampledPictures(encoder.facts if plan.resolution_check else None)
    merger = FrameMerger(encoder, settings, clock, pictures)
    seen = pass_over(
        iter(frames.batches),
        encoder,
        [merger],
        clock,
        lambda done: progress(done, count),
        frames=count,
        gate="off",
        seed=plan.seed,
    )
    still = frames.media.kind == "image"
    return outcome_of_merged(merger, seen, pictures, settings, encoder, clock, still=still)


def _check_room(frames: int, facts: MediaFacts) -> None:
    """Check that so many pictures may be held.

    Raises:
        PlanError: They may not.
    """
    fit = max(1, HELD_BYTES // max(1, facts.width * facts.height * 3))
    if frames > fit:
        raise PlanError(
            f"ask holds all {frames} sampled frames of {facts.width}x{facts.height} pixels, and {fit} of "
            f"them fit into {HELD_BYTES / 2**30:.3g} GiB; set `frames` to {fit} or fewer"
        )
