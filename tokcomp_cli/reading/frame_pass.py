"""One pass over frames: count them, and hand them to what wants them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from tokcomp_cli.core.frames import FrameBatch, Picture
from tokcomp_cli.core.timing import Clock, one_thread
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.geometry import seen_by
from tokcomp_cli.gate.gate import Gate, Lowest
from tokcomp_cli.measure.fidelity import Original
from tokcomp_cli.measure.reservoir import Reservoir, Totals
from tokcomp_cli.measure.skipped import SkipChecks
from tokcomp_cli.reading.chunks import Chunk, chunks
from tokcomp_cli.reading.encoding import Batches, encoded

BATCH_FRAMES = 4


@dataclass(frozen=True, slots=True)
class EncodedFrames:
    """Frames with their tokens, and how many frames look like each.

    Attributes:
        pictures: B pictures.
        tokens: Their tokens; None where B is 0.
        content: Their patch tokens minus the blank response, (B, P, D).
        leading: Frames before the first of them that look like the last one of all before.
        copies: Frames after each of them that look like it, (B,).
    """

    pictures: tuple[Picture, ...]
    tokens: FrameTokens | None
    content: Tensor
    leading: int
    copies: tuple[int, ...]


class FrameConsumer(Protocol):
    """What a pass over the frames hands them to."""

    def expect(self, frames: int) -> None:
        """Hear how many frames will come, before the first is decoded.

        Raises:
            PlanError: They are more than can be held.
        """

    def add(self, frames: EncodedFrames) -> None:
        """Take the next frames."""

    def close(self) -> None:
        """Hear that all frames have come."""


@dataclass(slots=True)
class FramesSeen:
    """What is known of all frames after a pass; a few numbers a frame, and a bounded sample of tokens.

    Attributes:
        totals: Exact sums over all patches; a skipped frame counts as the one that it looks like.
        reservoir: Frames kept whole.
        frame_index: The file's number of each frame.
        pts_seconds: Presentation time of each frame.
        checks: What is known of skipped frames.
        notes: What went otherwise than planned, each a sentence.
    """

    totals: Totals
    reservoir: Reservoir
    checks: SkipChecks
    frame_index: list[int] = field(default_factory=list)
    pts_seconds: list[float] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def original(self, encoder: Encoder) -> Original:
        """Return what every stage over these frames is measured against."""
        return Original(
            totals=self.totals.corrected(self.reservoir.checked),
            reservoir=self.reservoir,
            blank=encoder.blank,
            floor=encoder.facts.floor,
            frame_index=self.frame_index,
            pts_seconds=self.pts_seconds,
        )


def pass_over(
    batches: Iterator[FrameBatch],
    encoder: Encoder,
    consumers: Sequence[FrameConsumer],
    clock: Clock,
    progress: Callable[[int], None],
    *,
    frames: int,
    gate: str,
    seed: int,
) -> FramesSeen:
    """Return what is known of all frames once each consumer has had them.

    Args:
        batches: Decoded frames in presentation order.
        encoder: Gives their tokens.
        consumers: Get the frames.
        clock: Gets the milliseconds of each part.
        progress: Called with the number of frames done.
        frames: How many will come, about.
        gate: `auto`, `strict` or `off`: which frames are not encoded.
        seed: Of the reservoir, and of which skipped frames are checked.
    """
    encode = Batches(encoder)
    workers = max(1, min(torch.get_num_threads(), frames // BATCH_FRAMES))
    made = chunks(batches, partial(seen_by, encoder.facts), Gate(gate), clock, most=BATCH_FRAMES, seed=seed)
    merging = _Handing(encoder, consumers, clock, seed)
    # Closed before the file is: a thread may still be decoding when a consumer fails.
    with closing(encoded(made, encode, clock, workers)) as ready:
        for chunk, tokens in ready:
            with one_thread():
                merging.take(chunk, tokens)
            progress(len(merging.seen.frame_index))
    with one_thread():
        for consumer in consumers:
            consumer.close()
    merging.seen.notes = encode.notes
    return merging.seen


class _Handing:
    """Counts the frames of each chunk and hands them to the consumers."""

    def __init__(self, encoder: Encoder, consumers: Sequence[FrameConsumer], clock: Clock, seed: int) -> None:
        self._encoder, self._consumers, self._clock = encoder, consumers, clock
        self.seen = FramesSeen(Totals(encoder.facts.dim), Reservoir(seed=seed), SkipChecks())
        self._last: FrameTokens | None = None
        self._content = torch.empty(0)
        self._waiting = Lowest[tuple[int, Tensor]]()

    def take(self, chunk: Chunk, tokens: FrameTokens | None) -> None:
        """Take the next chunk; its tokens are None where nothing of it was encoded."""
        before = len(chunk.pictures)
        new = None if tokens is None else tokens.frames(0, before)
        content = torch.empty(0) if tokens is None else tokens.features - self._encoder.blank
        frames = EncodedFrames(
            chunk.pictures, new if before else None, content[:before], chunk.leading, chunk.copies
        )
        with self._clock.on("fidelity"):
            self._count(chunk, frames)
        with self._clock.on("gate"):
            self._check(chunk, content, torch.empty(0) if tokens is None else tokens.saliency)
        if new is not None and before:
            self._last = new.frames(before - 1, before)
            self._content = content[before - 1]
        for consumer in self._consumers:
            consumer.add(frames)

    def _count(self, chunk: Chunk, frames: EncodedFrames) -> None:
        seen, last, tokens = self.seen, self._last, frames.tokens
        if last is not None and chunk.leading:
            seen.totals.add(last.features, self._content[None], last.saliency, [chunk.leading])
        if tokens is not None:
            times = [1 + copies for copies in chunk.copies]
            seen.totals.add(tokens.features, frames.content, tokens.saliency, times)
        ordinal = len(seen.frame_index) + chunk.leading
        saliency = () if tokens is None else tokens.saliency
        for content, salient, copies in zip(frames.content, saliency, chunk.copies, strict=True):
            seen.reservoir.add(ordinal, content, salient)
            ordinal += 1 + copies
        seen.frame_index += chunk.frame_index
        seen.pts_seconds += chunk.pts_seconds

    def _check(self, chunk: Chunk, content: Tensor, saliency: Tensor) -> None:
        """Compare checked frames with the ones whose tokens they took.

        Args:
            chunk: Its frames.
            content: Of those that were encoded, (B + C, P, D).
            saliency: (B + C, P).
        """
        seen, before = self.seen, len(chunk.pictures)
        seen.checks.skipped += len(chunk.skipped)
        seen.reservoir.skipped += len(chunk.skipped)
        looks_like = {}
        for one in chunk.skipped:
            looks_like[one.ordinal] = stood = self._content if one.after < 0 else content[one.after]
            self._waiting.offer(one.rank, (one.ordinal, stood))
        if any(one.ordinal not in looks_like for one in chunk.checked):
            looks_like |= dict(self._waiting.above(0.0))
        for at, one in enumerate(chunk.checked, start=before):
            seen.checks.add(content[at], looks_like[one.ordinal])
            seen.reservoir.check(one.ordinal, content[at], saliency[at], looks_like[one.ordinal])
