"""The pictures that a model is shown: those of the file, and one for each merged frame."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import MediaError, PlanError
from tokcomp_cli.pipeline.held import HELD_BYTES
from tokcomp_cli.pipeline.plan import Budget, Plan
from tokcomp_cli.pipeline.read import BATCH_FRAMES, chosen_frames, opened
from tokcomp_cli.pipeline.run import Result, run
from tokcomp_cli.pipeline.stream import Clock, Progress


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to show.

    Attributes:
        media: The file.
        rgb: Sampled frames as displayed, uint8, each (H, W, 3).
        pts_seconds: Presentation time of each.
        chosen: Which of them stand for merged frames, rising; all where none were merged.
        merged: How many merged frames there are; None where none were looked for.
        band: Difficulty band, where the pipeline ran; else None.
        notes: What was limited or changed, each a sentence.
    """

    media: MediaFacts
    rgb: tuple[npt.NDArray[np.uint8], ...]
    pts_seconds: tuple[float, ...]
    chosen: tuple[int, ...]
    merged: int | None
    band: str | None
    notes: tuple[str, ...]


def is_still(path: str, plan: Plan) -> bool:
    """Return whether a file is a single picture.

    Raises:
        MediaError: It cannot be read.
    """
    media = opened(path, plan)
    with closing(media):
        return media.facts.kind == "image"


def shown(
    path: str,
    plan: Plan,
    question: str,
    encoder_of: Callable[[], Encoder],
    clock: Clock,
    progress: Progress,
    *,
    merge: bool,
) -> Shown:
    """Return the pictures of a file, and those that stand for its merged frames.

    A merged frame is shown by its middle sampled frame.

    Args:
        path: A local picture or video.
        plan: For sampling and merging frames.
        question: Counts for the difficulty.
        encoder_of: Gives our own encoder, which finds merged frames and the difficulty; asked for only where
            one of them is wanted.
        clock: Gets the milliseconds of `merge`, which includes reading the file for it, and `read`.
        progress: Called with frames done and frames to do.
        merge: Whether frames are merged.

    Raises:
        MediaError: The file cannot be read.
        PlanError: No frame is in the window, or they do not fit into memory.
    """
    found: Result | None = None
    auto = plan.budget.kind == "auto"
    query = question if auto else None  # counts for the difficulty, and for nothing else here
    if auto or merge:
        encoder = encoder_of()
        with clock.on("merge"):
            found = run(path, replace(plan, budget=Budget("auto"), query=query), encoder, progress)
    with clock.on("read"):
        media, rgb, pts, notes = _decoded(path, plan, found)
    chosen, merged = tuple(range(len(rgb))), None
    if found is not None and merge:
        if len(rgb) != len(found.frame_index):
            raise MediaError(f"{path!r} gave other frames when it was read again; is it still being written?")
        chosen = tuple((group.first + group.last) // 2 for group in found.groups)
        merged, notes = len(chosen), (*notes, *found.analysis.warnings)
    band = None if found is None else found.analysis.difficulty.band
    return Shown(media, rgb, pts, chosen, merged, band, tuple(dict.fromkeys((*media.notes, *notes))))


def _decoded(
    path: str, plan: Plan, found: Result | None
) -> tuple[MediaFacts, tuple[npt.NDArray[np.uint8], ...], tuple[float, ...], tuple[str, ...]]:
    """Return the file, the sampled frames, their times and notes."""
    media = opened(path, plan)
    with closing(media):
        notes: tuple[str, ...] = ()
        if found is None:
            picked = chosen_frames(media, plan)
            index, notes = picked.frame_index, picked.notes
        else:
            index = np.array(found.frame_index, dtype=np.int64)
        _check_room(len(index), media.facts)
        batches = list(media.frames(index, max_batch=BATCH_FRAMES))
        facts = media.facts
    rgb = tuple(frame for batch in batches for frame in batch.rgb)
    if not rgb:
        raise MediaError(f"no frame of {path!r} could be decoded; check that the file is whole")
    return facts, rgb, tuple(float(pts) for batch in batches for pts in batch.pts_seconds), notes


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
