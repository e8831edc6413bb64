"""Decoded frames in chunks that fill the encoder's batches, those left out that look like an encoded one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import FrameBatch, Picture
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.gate.gate import CHECKED_SHARE, Gate, Lots, Lowest

MOST_WAITING = 64
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A frame that takes the tokens of an encoded one.

    Attributes:
        ordinal: Its place among the sampled frames.
        after: Place among its chunk's pictures of the frame that it looks like; -1 for the last one of the
            chunks before.
        rank: As drawn.
    """

    ordinal: int
    after: int
    rank: float


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive sampled frames.

    Attributes:
        inputs: What the encoder sees: first the frames of `pictures`, then those of `checked`, uint8,
            (B + C, H, W, 3).
        pictures: The B frames that are encoded for their tokens.
        leading: Skipped frames before the first of them.
        copies: Skipped frames after each of them, (B,).
        skipped: All skipped frames.
        checked: Skipped frames, of this chunk or of ones before, that are encoded to measure what skipping
            costs.
        frame_index: The file's number of each frame.
        pts_seconds: Presentation time of each frame.
    """

    inputs: Pixels
    pictures: tuple[Picture, ...]
    leading: int
    copies: tuple[int, ...]
    skipped: tuple[Skipped, ...]
    checked: tuple[Skipped, ...]
    frame_index: tuple[int, ...]
    pts_seconds: tuple[float, ...]


@dataclass(slots=True)
class _Filling:
    """A chunk that is still being filled."""

    inputs: list[Pixels] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    leading: int = 0
    copies: list[int] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    checked: list[tuple[Skipped, Pixels]] = field(default_factory=list)
    frame_index: list[int] = field(default_factory=list)
    pts_seconds: list[float] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.inputs) + len(self.checked)

    def encode(self, picture: Picture, seen: Pixels) -> None:
        self.inputs.append(seen)
        self.pictures.append(picture)
        self.copies.append(0)

    def skip(self, ordinal: int, rank: float) -> Skipped:
        if self.copies:
            self.copies[-1] += 1
        else:
            self.leading += 1
        one = Skipped(ordinal, len(self.copies) - 1, rank)
        self.skipped.append(one)
        return one

    def chunk(self) -> Chunk:
        rows = [*self.inputs, *(seen for _, seen in self.checked)]
        return Chunk(
            inputs=np.stack(rows) if rows else np.empty((0, 0, 0, 3), np.uint8),
            pictures=tuple(self.pictures),
            leading=self.leading,
            copies=tuple(self.copies),
            skipped=tuple(self.skipped),
            checked=tuple(one for one, _ in self.checked),
            frame_index=tuple(self.frame_index),
            pts_seconds=tuple(self.pts_seconds),
        )


def chunks(
    batches: Iterator[FrameBatch],
    seen_by_encoder: Callable[[Picture], Pixels],
    gate: Gate,
    clock: Clock,
    *,
    most: int,
    seed: int,
) -> Iterator[Chunk]:
    """Yield all frames in chunks of at most `most` that are encoded; the last one may hold no new frame.

    Args:
        batches: Decoded frames in presentation order.
        seen_by_encoder: Brings a picture to the encoder's input.
        gate: Says which frames are skipped.
        clock: Gets the milliseconds of `decode` and `gate`.
        most: Frames to encode in a chunk.
        seed: Of the draw.
    """
    lots, lowest, ordinal = Lots(seed=seed), Lowest[tuple[Skipped, Pixels]](), 0
    filling = _Filling()
    for batch in timed(batches, clock):
        for at, picture in enumerate(batch.pictures):
            with clock.on("decode"):
                seen = seen_by_encoder(picture)
            with clock.on("gate"):
                skips = gate.skips(seen)
            if skips:
                one = filling.skip(ordinal, lots.draw())
                if one.rank < CHECKED_SHARE:
                    filling.checked.append((one, seen))
                lowest.offer(one.rank, (one, seen))
            else:
                filling.encode(picture, seen)
            filling.frame_index.append(int(batch.frame_index[at]))
            filling.pts_seconds.append(float(batch.pts_seconds[at]))
            ordinal += 1
            if filling.rows >= most or len(filling.skipped) >= MOST_WAITING:
                yield filling.chunk()
                filling = _Filling()
    for one, seen in lowest.above(CHECKED_SHARE):
        filling.checked.append((one, seen))
        if filling.rows >= most:
            yield filling.chunk()
            filling = _Filling()
    if filling.rows or filling.frame_index:
        yield filling.chunk()


def timed(batches: Iterator[FrameBatch], clock: Clock) -> Iterator[FrameBatch]:
    """Yield the batches; the clock gets the time that decoding them takes."""
    while True:
        with clock.on("decode"):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch
