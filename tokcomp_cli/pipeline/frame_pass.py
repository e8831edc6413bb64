"""One pass over a file: decode, encode, count, and hand the frames to what wants them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from tokcomp_cli.core.frames import FrameBatch, MediaFacts, Sampling
from tokcomp_cli.core.results.analysis import SamplingFacts
from tokcomp_cli.core.timing import Clock, Progress, one_thread
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.difficulty.signals import planes
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.geometry import scaling
from tokcomp_cli.errors import MediaError
from tokcomp_cli.measure.fidelity import Original, content_rank
from tokcomp_cli.measure.reservoir import Reservoir, Totals
from tokcomp_cli.media.media import Media
from tokcomp_cli.media.open import MAX_PIXELS, open_media
from tokcomp_cli.media.sampling import sample
from tokcomp_cli.pipeline.encoding import encoded
from tokcomp_cli.plan.plan import Plan

BATCH_FRAMES = 4


class FrameConsumer(Protocol):
    """What a pass over the frames hands them to."""

    def expect(self, frames: int) -> None:
        """Hear how many frames will come, before the first is decoded.

        Raises:
            PlanError: They are more than can be held.
        """

    def add(self, batch: FrameBatch, tokens: FrameTokens, content: torch.Tensor) -> None:
        """Take the next frames, their tokens, and those minus the blank response, (T, P, D)."""

    def close(self) -> None:
        """Hear that all frames have come."""


@dataclass(slots=True)
class FramesSeen:
    """What is known of all frames after a pass; a few numbers a frame, and a bounded sample of tokens.

    Attributes:
        totals: Exact sums over all patches.
        reservoir: Frames kept whole.
        frame_index: The file's number of each frame.
        pts_seconds: Presentation time of each frame.
    """

    totals: Totals
    reservoir: Reservoir
    frame_index: list[int] = field(default_factory=list)
    pts_seconds: list[float] = field(default_factory=list)

    def add(self, batch: FrameBatch, tokens: FrameTokens, content: torch.Tensor) -> None:
        """Count the next frames; content (T, P, D)."""
        for at, features in enumerate(tokens.features):
            self.totals.add(features, content[at], tokens.saliency[at])
            self.reservoir.add(len(self.frame_index) + at, content[at])
        self.frame_index += batch.frame_index.tolist()
        self.pts_seconds += batch.pts_seconds.tolist()

    def original(self, encoder: Encoder) -> Original:
        """Return what every stage over these frames is measured against."""
        return Original(
            totals=self.totals,
            reservoir=self.reservoir,
            rank=content_rank(self.reservoir),
            blank=encoder.blank,
            floor=encoder.facts.floor,
            frame_index=self.frame_index,
            pts_seconds=self.pts_seconds,
        )


@dataclass(frozen=True, slots=True)
class FileRead:
    """What was read of a file, and what is known of its frames."""

    media: MediaFacts
    sampling: SamplingFacts
    duration_seconds: npt.NDArray[np.float64]
    seen: FramesSeen
    notes: tuple[str, ...]


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


def chosen_frames(media: Media, plan: Plan) -> Sampling:
    """Return which frames of an open file the plan asks for.

    Raises:
        PlanError: None is in the window.
    """
    rule = plan.sampling
    return sample(
        media.pts_seconds,
        media.duration_seconds,
        fps=rule.fps,
        every=rule.every,
        frames=rule.frames,
        start_seconds=rule.start_seconds,
        end_seconds=rule.end_seconds,
        max_frames=rule.max_frames,
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
        workers = max(1, min(torch.get_num_threads(), wanted // BATCH_FRAMES))
        seen = pass_over(batches, encoder, consumers, clock, tick, workers=workers, seed=plan.seed)
        facts = media.facts
    if not seen.frame_index:
        raise MediaError(f"no frame of {path!r} could be decoded; check that the file is whole")
    count = len(seen.frame_index)
    sampling = SamplingFacts(
        rule="still" if facts.kind == "image" else chosen.rule,
        frames_in_file=facts.frames_in_file,
        frames_sampled=count,
        frames_encoded=count,
    )
    return FileRead(facts, sampling, media.duration_seconds, seen, chosen.notes)


def _tick(progress: Progress, wanted: int, done: int) -> None:
    progress(done, wanted)


def pass_over(
    batches: Iterator[FrameBatch],
    encoder: Encoder,
    consumers: Sequence[FrameConsumer],
    clock: Clock,
    progress: Callable[[int], None],
    *,
    workers: int,
    seed: int,
) -> FramesSeen:
    """Return what is known of all frames once each consumer has had them.

    Args:
        batches: Decoded frames in presentation order.
        encoder: Gives their tokens.
        consumers: Get the frames.
        clock: Gets the milliseconds of each part.
        progress: Called with the number of frames done.
        workers: As in `encoded`.
        seed: Of the reservoir.
    """
    seen = FramesSeen(Totals(encoder.facts.dim), Reservoir(seed=seed))
    for batch, tokens in encoded(batches, encoder, clock, workers):
        with one_thread():
            content = tokens.features - encoder.blank
            with clock.on("fidelity"):
                seen.add(batch, tokens, content)
            for consumer in consumers:
                consumer.add(batch, tokens, content)
        progress(len(seen.frame_index))
    with one_thread():
        for consumer in consumers:
            consumer.close()
    return seen
