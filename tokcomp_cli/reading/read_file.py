"""A file and a plan in, its frames handed on."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.sampling import GateFacts, SamplingFacts
from tokcomp_cli.core.timing import Clock, Progress
from tokcomp_cli.difficulty.signals import planes
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.geometry import scaling
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.media import Media
from tokcomp_cli.media.open import MAX_PIXELS, open_media
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reading.chosen_frames import chosen_frames
from tokcomp_cli.reading.frame_pass import BATCH_FRAMES, FrameConsumer, FramesSeen, pass_over


@dataclass(frozen=True, slots=True)
class FileRead:
    """What was read of a file, and what is known of its frames."""

    media: MediaFacts
    sampling: SamplingFacts
    duration_seconds: npt.NDArray[np.float64]
    seen: FramesSeen
    notes: tuple[str, ...]
    gate: GateFacts | None = None


def open_planned(path: str, plan: Plan) -> Media:
    """Return a file opened as the plan says.

    Raises:
        MediaError: It cannot be read.
    """
    how = plan.decoding
    return open_media(
        path,
        max_pixels=how.max_pixels or MAX_PIXELS,
        isolate=how.isolate,
        timeout_seconds=how.timeout_seconds,
    )


def read_file(
    path: str,
    plan: Plan,
    encoder: Encoder,
    consumers: Sequence[FrameConsumer],
    clock: Clock,
    progress: Progress,
) -> FileRead:
    """Return what one pass over a file found.

    Args:
        path: A local file.
        plan: For decoding, sampling and the seed.
        encoder: Gives the frames' tokens.
        consumers: Get the frames.
        clock: Gets the milliseconds of each part.
        progress: Called with frames done and frames to do.

    Raises:
        MediaError: The file cannot be read, or no frame of it could be decoded.
        PlanError: No frame is in the window, or more are than a consumer can hold.
    """
    with clock.on("decode"):
        media = open_planned(path, plan)
    with closing(media):
        chosen = chosen_frames(media, plan)
        wanted = len(chosen.frame_index)
        for consumer in consumers:
            consumer.expect(wanted)
        size = media.facts.height, media.facts.width
        asked = (scaling(size, encoder.facts), *planes(size))
        batches = media.frames(chosen.frame_index, max_batch=BATCH_FRAMES, scaled=asked)
        tick: Callable[[int], None] = partial(_tick, progress, wanted)
        gate = "off" if media.facts.kind == "image" else plan.sampling.gate
        seen = pass_over(batches, encoder, consumers, clock, tick, frames=wanted, gate=gate, seed=plan.seed)
        facts = media.facts
    if not seen.frame_index:
        raise MediaError(f"no frame of {path!r} could be decoded; check that the file is whole")
    checks = seen.checks
    sampling = SamplingFacts(
        rule="still" if facts.kind == "image" else chosen.rule,
        frames_in_file=facts.frames_in_file,
        frames_sampled=len(seen.frame_index),
        frames_encoded=len(seen.frame_index) - checks.skipped + len(checks.errors),
    )
    skipped = checks.facts(gate, seen.totals, floor=encoder.facts.floor, seed=plan.seed)
    return FileRead(facts, sampling, media.duration_seconds, seen, (*chosen.notes, *seen.notes), skipped)


def _tick(progress: Progress, wanted: int, done: int) -> None:
    progress(done, wanted)
