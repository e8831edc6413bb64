"""Chunks are encoded while the next ones are decoded and the last ones are merged."""

import time
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import numpy as np
import numpy.typing as npt
import torch

from tokcomp_cli.core.timing import Clock, one_thread
from tokcomp_cli.core.tokens import FrameTokens, concatenated
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import EncoderError
from tokcomp_cli.reading.chunks import Chunk
from tokcomp_cli.reading.prefetch import prefetched

NO_MEMORY = (MemoryError, torch.OutOfMemoryError)


class Batches:
    """Encodes batches, in halves where memory does not suffice.

    Attributes:
        most: Frames of the largest batch that was encoded in one piece since one had to be halved; None where
            none had to.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.most: int | None = None

    def encode(self, inputs: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of frames, uint8, (T, H, W, 3).

        Raises:
            EncoderError: Memory does not suffice for a single frame.
        """
        if self.most is not None and len(inputs) > self.most:
            return self._in_halves(inputs)
        try:
            return self._encoder.encode(inputs)
        except (MemoryError, RuntimeError) as error:
            if not _lacks_memory(error):
                raise
            if len(inputs) == 1:
                raise EncoderError(
                    f"memory does not suffice to encode one frame with {self._encoder.facts.name}; close "
                    "other programs, or choose a smaller encoder or `resolution`"
                ) from error
        self.most = (len(inputs) + 1) // 2
        return self._in_halves(inputs)

    def _in_halves(self, inputs: npt.NDArray[np.uint8]) -> FrameTokens:
        half = (len(inputs) + 1) // 2
        return concatenated([self.encode(inputs[:half]), self.encode(inputs[half:])])

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is to be said of smaller batches."""
        if self.most is None:
            return ()
        return (f"memory did not suffice for a batch: frames were encoded {self.most} at a time",)


def _lacks_memory(error: BaseException) -> bool:
    return isinstance(error, NO_MEMORY) or "not enough memory" in str(error)


def encoded(
    chunks: Iterator[Chunk], batches: Batches, clock: Clock, workers: int
) -> Generator[tuple[Chunk, FrameTokens | None]]:
    """Yield each chunk with its tokens, in order, while the next ones are decoded and encoded.

    Decoding has a thread of its own. Workers on one thread each rather than one encoder on all: no worker
    ever waits for another, which on a machine with other work makes several times the difference. All queues
    are bounded.

    Args:
        chunks: Decoded frames; where nothing of a chunk is encoded its tokens are None.
        batches: Encodes, used by all workers at once.
        clock: Gets the time of encoding, summed over workers.
        workers: At most so many chunks are encoded at a time; 1 encodes on all threads.
    """
    if workers == 1:
        for chunk in chunks:
            tokens, spent = _timed(batches, chunk)
            clock.spent["encode"] += spent
            yield chunk, tokens
        return
    waiting: deque[tuple[Chunk, Future[tuple[FrameTokens | None, float]]]] = deque()
    ahead = prefetched(chunks, most=workers)
    with one_thread(), ThreadPoolExecutor(workers, "encode") as pool, closing(ahead):
        try:
            for chunk in ahead:
                waiting.append((chunk, pool.submit(_timed, batches, chunk)))
                while waiting and (len(waiting) > 2 * workers or waiting[0][1].done()):
                    yield _first(waiting, clock)
            while waiting:
                yield _first(waiting, clock)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _first(
    waiting: deque[tuple[Chunk, Future[tuple[FrameTokens | None, float]]]], clock: Clock
) -> tuple[Chunk, FrameTokens | None]:
    chunk, future = waiting.popleft()
    tokens, spent = future.result()
    clock.spent["encode"] += spent
    return chunk, tokens


def _timed(batches: Batches, chunk: Chunk) -> tuple[FrameTokens | None, float]:
    start = time.perf_counter()
    tokens = batches.encode(chunk.inputs) if len(chunk.inputs) else None
    return tokens, (time.perf_counter() - start) * 1000
