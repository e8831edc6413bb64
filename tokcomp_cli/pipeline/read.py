"""One pass over a file: open it, choose frames, decode and encode them."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from tokcomp_cli.core.frames import FrameBatch, MediaFacts, Sampling
from tokcomp_cli.core.results.analysis import SamplingFacts
from tokcomp_cli.core.timing import Clock, Progress
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import MediaError
from tokcomp_cli.measure.fidelity import Original, content_rank
from tokcomp_cli.media.media import Media
from tokcomp_cli.media.open import MAX_PIXELS, open_media
from tokcomp_cli.media.sampling import sample
from tokcomp_cli.pipeline.stream import FrameConsumer, Streamed, stream
from tokcomp_cli.plan.plan import Plan

BATCH_FRAMES = 4


@dataclass(frozen=True, slots=True)
class Read:
    """One pass over a file: what was read, and what of it."""

    media: MediaFacts
    sampling: SamplingFacts
    duration_seconds: npt.NDArray[np.float64]
    streamed: Streamed
    notes: tuple[str, ...]


class FanOut:
    """Hands the frames of one pass to each of several takers; what the first leaves behind counts."""

    def __init__(self, takers: Sequence[FrameConsumer]) -> None:
        self._takers = takers
        self.streamed = takers[0].streamed

    def expect(self, frames: int) -> None:
        """Let each hear how many frames will come."""
        for taker in self._takers:
            taker.expect(frames)

    def add(self, batch: FrameBatch, tokens: FrameTokens) -> None:
        """Let each take in a batch of frames and their tokens."""
        for taker in self._takers:
            taker.add(batch, tokens)

    def close(self) -> None:
        """Let each hear that all frames have come."""
        for taker in self._takers:
            taker.close()


def opened(path: str, plan: Plan) -> Media:
    """Return a file opened as the plan says.

    Raises:
        MediaError: It cannot be read.
    """
    return open_media(
        path,
        max_pixels=plan.max_pixels or MAX_PIXELS,
        isolate=plan.isolate,
        timeout_seconds=plan.timeout_seconds,
    )


def chosen_frames(media: Media, plan: Plan) -> Sampling:
    """Return which frames of an open file the plan asks for.

    Raises:
        PlanError: None is in the window.
    """
    return sample(
        media.pts_seconds,
        media.duration_seconds,
        fps=plan.fps,
        every=plan.every,
        frames=plan.frames,
        start_seconds=plan.start_seconds,
        end_seconds=plan.end_seconds,
        max_frames=plan.max_frames,
    )


def read_frames(
    path: str, plan: Plan, encoder: Encoder, taker: FrameConsumer, clock: Clock, progress: Progress
) -> Read:
    """Return one pass over a file.

    Args:
        path: A local file.
        plan: For the sampling.
        encoder: Gives the frames' tokens.
        taker: Takes them in.
        clock: Gets the milliseconds of each part.
        progress: Called with frames done and frames to do.

    Raises:
        MediaError: The file cannot be read, or no frame of it could be decoded.
        PlanError: No frame is in the window, or more are than the taker can hold.
    """
    with clock.on("decode"):
        media = opened(path, plan)
    with closing(media):
        chosen = chosen_frames(media, plan)
        wanted = len(chosen.frame_index)
        taker.expect(wanted)
        batches: Iterator[FrameBatch] = media.frames(chosen.frame_index, max_batch=BATCH_FRAMES)
        seen = stream(
            batches,
            encoder,
            taker,
            clock,
            lambda done: progress(done, wanted),
            workers=max(1, min(torch.get_num_threads(), wanted // BATCH_FRAMES)),
        )
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
    return Read(facts, sampling, media.duration_seconds, seen, chosen.notes)


def original_of(seen: Streamed, encoder: Encoder) -> Original:
    """Return what every stage over these frames is measured against."""
    return Original(
        totals=seen.totals,
        reservoir=seen.reservoir,
        rank=content_rank(seen.reservoir),
        blank=encoder.blank,
        floor=encoder.facts.floor,
        frame_index=seen.frame_index,
        pts_seconds=seen.pts_seconds,
    )
