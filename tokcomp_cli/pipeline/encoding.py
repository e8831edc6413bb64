"""Batches are encoded while the next ones are decoded."""

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from tokcomp_cli.core.frames import FrameBatch
from tokcomp_cli.core.timing import Clock, one_thread
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.base import Encoder


def encoded(
    batches: Iterator[FrameBatch], encoder: Encoder, clock: Clock, workers: int
) -> Iterator[tuple[FrameBatch, FrameTokens]]:
    """Yield each batch with its tokens, in order, while the next ones are decoded and encoded.

    Workers on one thread each rather than one encoder on all: no worker ever waits for another, which
    on a machine with other work makes several times the difference, and stages and decoding go on meanwhile.

    Args:
        batches: Decoded frames.
        encoder: Used by all workers at once.
        clock: Gets the time that decoding takes, and encoding summed over workers.
        workers: At most so many batches are encoded at a time; 1 encodes on all threads.
    """
    if workers == 1:
        for batch in timed_batches(batches, clock):
            tokens, spent = _timed(encoder, batch)
            clock.spent["encode"] += spent
            yield batch, tokens
        return
    waiting: deque[tuple[FrameBatch, Future[tuple[FrameTokens, float]]]] = deque()
    with one_thread(), ThreadPoolExecutor(workers, "encode") as pool:
        try:
            for batch in timed_batches(batches, clock):
                waiting.append((batch, pool.submit(_timed, encoder, batch)))
                if len(waiting) > workers:
                    yield _first(waiting, clock)
            while waiting:
                yield _first(waiting, clock)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def timed_batches(batches: Iterator[FrameBatch], clock: Clock) -> Iterator[FrameBatch]:
    """Yield the batches; the clock gets the time that decoding them takes."""
    while True:
        with clock.on("decode"):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _first(
    waiting: deque[tuple[FrameBatch, Future[tuple[FrameTokens, float]]]], clock: Clock
) -> tuple[FrameBatch, FrameTokens]:
    batch, future = waiting.popleft()
    tokens, spent = future.result()
    clock.spent["encode"] += spent
    return batch, tokens


def _timed(encoder: Encoder, batch: FrameBatch) -> tuple[FrameTokens, float]:
    start = time.perf_counter()
    tokens = encoder.encode(batch.rgb)
    return tokens, (time.perf_counter() - start) * 1000
