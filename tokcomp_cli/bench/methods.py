"""How long each method takes, side by side in one run."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from tokcomp_cli.compress import METHODS
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.tokens import TokenSet, grid_tokens

THREADS = 2
SCENES = 12


@dataclass(frozen=True, slots=True)
class Size:
    """What methods are timed on: frames of a grid, D wide, and the tokens to keep of all of them."""

    name: str
    frames: int
    grid: tuple[int, int]
    dim: int
    num_keep: int


SIZES = (
    Size("576 to 64, D 1024", 1, (24, 24), 1024, 64),
    Size("64 x 196 to 10 %, D 384", 64, (14, 14), 384, 1254),
)


@dataclass(frozen=True, slots=True)
class Timing:
    """The time of one method on one size.

    Attributes:
        size: Name of the size.
        method, stage: In the table of methods.
        ms: Median over rounds of the time for all frames.
        spread_ms: Largest minus smallest of the rounds.
        ms_per_frame: Median over rounds divided by frames.
    """

    size: str
    method: str
    stage: str
    ms: float
    spread_ms: float
    ms_per_frame: float


def bench_methods(
    rounds: int,
    *,
    threads: int = THREADS,
    sizes: Sequence[Size] = SIZES,
    progress: Callable[[int, int], None] | None = None,
) -> list[Timing]:
    """Return how long each method takes on seeded tokens.

    Rounds are interleaved: each runs every method once, so that what else the machine does falls on all
    of them alike. One round before the first is not counted.

    Args:
        rounds: At least one.
        threads: Of torch.
        sizes: What to time on.
        progress: Called with rounds done and rounds to do.
    """
    timings = []
    with threads_of(threads):
        for number, size in enumerate(sizes):
            jobs = list(_jobs(size))
            spent: list[list[float]] = [[] for _ in jobs]
            for round_ in range(rounds + 1):
                for (_, job), times in zip(jobs, spent, strict=True):
                    start = time.perf_counter()
                    job()
                    if round_:
                        times.append((time.perf_counter() - start) * 1000)
                if progress is not None:
                    progress(number * (rounds + 1) + round_ + 1, len(sizes) * (rounds + 1))
            timings += [_timing(size, method, times) for (method, _), times in zip(jobs, spent, strict=True)]
    return timings


def _timing(size: Size, method: Method, times: Sequence[float]) -> Timing:
    middle = statistics.median(times)
    return Timing(size.name, method.name, method.stage, middle, max(times) - min(times), middle / size.frames)


def _jobs(size: Size) -> Iterator[tuple[Method, Callable[[], None]]]:
    """Yield each method that a size is for, and what to time."""
    features, frames = video(size)
    saliency = torch.stack([frame.saliency for frame in frames if frame.saliency is not None])
    share = max(1, size.num_keep // size.frames)
    for method in METHODS:
        if method.compress is not None and method.name != "none" and method.load is None:
            yield method, _within(method, frames, share)
        elif method.compress_video is not None and size.frames > 1:
            yield method, _over_time(method, features, saliency, size.num_keep)


def _within(method: Method, frames: Sequence[TokenSet], num_keep: int) -> Callable[[], None]:
    def job() -> None:
        if method.compress is not None:
            for tokens in frames:
                method.run(tokens, num_keep)

    return job


def _over_time(method: Method, features: Tensor, saliency: Tensor, num_keep: int) -> Callable[[], None]:
    def job() -> None:
        if method.compress_video is not None:
            method.compress_video(features, num_keep=num_keep, saliency=saliency)

    return job


def video(size: Size) -> tuple[Tensor, list[TokenSet]]:
    """Return seeded tokens in scenes that drift, (T, P, D), and each frame as a token set."""
    generator = torch.Generator().manual_seed(0)
    patches = size.grid[0] * size.grid[1]
    scenes = torch.randn(-(-size.frames // SCENES), patches, size.dim, generator=generator)
    still = scenes.repeat_interleave(SCENES, 0)[: size.frames]
    features = still + 0.3 * torch.randn(still.shape, generator=generator)
    frames = [
        grid_tokens(
            frame,
            size.grid,
            saliency=torch.rand(patches, generator=generator),
            keys=torch.randn(patches, size.dim, generator=generator),
            relevance=torch.rand(patches, generator=generator),
        )
        for frame in features
    ]
    return features, frames


@contextmanager
def threads_of(count: int) -> Iterator[None]:
    """Compute on so many threads inside."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
