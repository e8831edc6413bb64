"""The pictures that a model is shown: those of the file, and one for each merged frame."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.timing import Clock, Progress
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import MediaError, PlanError
from tokcomp_cli.pipeline.frame_pass import BATCH_FRAMES, chosen_frames, open_planned
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.video_tokens import HELD_BYTES


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to show.

    Attributes:
        media: The file.
        rgb: Sampled frames as displayed, uint8, each (H, W, 3).
        pts_seconds: Presentation time of each.
        notes: What was limited or changed, each a sentence.
    """

    media: MediaFacts
    rgb: tuple[npt.NDArray[np.uint8], ...]
    pts_seconds: tuple[float, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What our own encoder says of the frames.

    Attributes:
        ordinals: Which of them stand for merged frames, rising; all where none were looked for.
        band: Difficulty band; None where it was not asked for.
        notes: What became of the frames, each a sentence.
    """

    ordinals: tuple[int, ...]
    band: str | None = None
    notes: tuple[str, ...] = ()


def is_still(path: str, plan: Plan) -> bool:
    """Return whether a file is a single picture.

    Raises:
        MediaError: It cannot be read.
    """
    media = open_planned(path, plan)
    with closing(media):
        return media.facts.kind == "image"


def shown(path: str, plan: Plan, clock: Clock) -> Shown:
    """Return the sampled frames of a file.

    Args:
        path: A local picture or video.
        plan: For sampling.
        clock: Gets the milliseconds of `read`.

    Raises:
        MediaError: The file cannot be read.
        PlanError: No frame is in the window, or they do not fit into memory.
    """
    with clock.on("read"), closing(open_planned(path, plan)) as media:
        picked = chosen_frames(media, plan)
        _check_room(len(picked.frame_index), media.facts)
        batches = list(media.frames(picked.frame_index, max_batch=BATCH_FRAMES))
        facts = media.facts
    rgb = tuple(frame for batch in batches for frame in batch.rgb)
    if not rgb:
        raise MediaError(f"no frame of {path!r} could be decoded; check that the file is whole")
    pts = tuple(float(pts) for batch in batches for pts in batch.pts_seconds)
    return Shown(facts, rgb, pts, (*facts.notes, *picked.notes))


def choose_frames(
    path: str,
    plan: Plan,
    question: str,
    there: Shown,
    encoder_of: Callable[[], Encoder],
    clock: Clock,
    progress: Progress,
    *,
    merge: bool,
) -> Chosen:
    """Return the frames that stand for merged ones, and how hard the input looks.

    A merged frame is shown by its middle sampled frame. Our own encoder, which finds merged frames and the
    difficulty, is asked for only where one of them is wanted.

    Args:
        path: A local picture or video.
        plan: For sampling and merging frames; its budget says whether the difficulty is wanted.
        question: Counts for the difficulty.
        there: The sampled frames.
        encoder_of: Gives the encoder.
        clock: Gets the milliseconds of `merge`, which includes reading the file for it.
        progress: Called with frames done and frames to do.
        merge: Whether frames are merged.

    Raises:
        MediaError: The file gives other frames than before.
    """
    count = len(there.rgb)
    auto = plan.budget.budget.kind == "auto"
    if not auto and not merge:
        return Chosen(tuple(range(count)))
    encoder = encoder_of()
    with clock.on("merge"):
        query = question if auto else None  # counts for the difficulty, and for nothing else here
        found = run(path, plan.but(budget="auto", query=query), encoder, progress)
    band = found.analysis.difficulty.band if auto else None
    if not merge:
        return Chosen(tuple(range(count)), band)
    if found.pts_seconds != there.pts_seconds:
        raise MediaError(f"{path!r} gave other frames when it was read again; is it still being written?")
    ordinals = tuple((group.first + group.last) // 2 for group in found.groups)
    merged = "1 merged frame" if len(ordinals) == 1 else f"{len(ordinals)} merged frames, each"
    note = f"before the encoder: {count} sampled frames became {merged} shown by its middle frame; "
    note += "explained is measured on those"
    if len(ordinals) == count:
        note = f"before the encoder: none of {count} sampled frames are alike enough to merge"
    fresh = (warning for warning in found.analysis.warnings if warning not in there.notes)
    return Chosen(ordinals, band, (note, *fresh))


def _check_room(frames: int, facts: MediaFacts) -> None:
    """Check that so many pictures may be held.

    Raises:
        PlanError: They may not.
    """
    fit = max(1, HELD_BYTES // max(1, facts.width * facts.height * 3))
    if frames > fit:
        raise PlanError(
            f"ask holds all {frames} sampled frames of {facts.width}x{facts.height} pixels, and {fit} of "
            f"them fit into {HELD_BYTES / 2**30:.3g} GiB; use --frames {fit} or fewer"
        )
