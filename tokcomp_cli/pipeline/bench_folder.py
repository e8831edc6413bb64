"""How long the answer for a folder takes beside merely encoding it, in one run."""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch

from tokcomp_cli.core.frames import FrameBatch
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import TokcompError
from tokcomp_cli.pipeline.folder import folder_budget
from tokcomp_cli.pipeline.plan import Plan
from tokcomp_cli.pipeline.read import read_frames
from tokcomp_cli.pipeline.sample import Reservoir, Totals
from tokcomp_cli.pipeline.several import Answered, run_several
from tokcomp_cli.pipeline.stream import Clock, Streamed, one_thread, unwatched


@dataclass(frozen=True, slots=True)
class FolderTiming:
    """One way to go over the files.

    Attributes:
        way: What was done.
        seconds: Median wall time over rounds.
        cpu_seconds: Median processor time of all threads.
        ratio: Median over rounds of the wall time divided by that of the first way in the same round.
        cpu_ratio: The same of processor times.
    """

    way: str
    seconds: float
    cpu_seconds: float
    ratio: float
    cpu_ratio: float


class _Dropped:
    """Takes tokens in and keeps none."""

    def __init__(self, dim: int) -> None:
        self.streamed = Streamed(Totals(dim), Reservoir(seed=0))

    def expect(self, frames: int) -> None:
        """Take note of nothing."""

    def add(self, batch: FrameBatch, tokens: FrameTokens) -> None:  # noqa: ARG002 of the protocol
        """Count the frames."""
        self.streamed.frame_index += batch.frame_index.tolist()

    def close(self) -> None:
        """Do nothing."""


def bench_folder(
    paths: Sequence[str], encoder: Encoder, rounds: int, progress: Callable[[int, int], None]
) -> list[FolderTiming]:
    """Return how long merely encoding the files takes, and how long the answer, rounds interleaved.

    Args:
        paths: Local files; one that cannot be read costs each way the same.
        encoder: Of all of them.
        rounds: At least one; one more before the first is not counted.
        progress: Called with rounds done and rounds to do.
    """
    plan = Plan(target=0.9)
    ways = {
        "decode and encode, file by file": _one_by_one,
        "decode and encode, files side by side": _side_by_side,
        "the answer for the folder": _answer,
    }
    spent: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for round_ in range(rounds + 1):
        for way, job in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            job(paths, plan, encoder)
            if round_:
                spent[way].append((time.perf_counter() - wall, time.process_time() - cpu))
        progress(round_ + 1, rounds + 1)
    first = next(iter(spent.values()))
    return [_timing(way, times, first) for way, times in spent.items()]


def _timing(
    way: str, times: Sequence[tuple[float, float]], first: Sequence[tuple[float, float]]
) -> FolderTiming:
    ratios = [(wall / base[0], cpu / base[1]) for (wall, cpu), base in zip(times, first, strict=True)]
    return FolderTiming(
        way,
        *(statistics.median(part) for part in zip(*times, strict=True)),
        *(statistics.median(part) for part in zip(*ratios, strict=True)),
    )


def _encode(path: str, plan: Plan, encoder: Encoder) -> None:
    try:
        read_frames(path, plan, encoder, _Dropped(encoder.facts.dim), Clock(), unwatched)
    except TokcompError:
        return


def _one_by_one(paths: Sequence[str], plan: Plan, encoder: Encoder) -> None:
    for path in paths:
        _encode(path, plan, encoder)


def _side_by_side(paths: Sequence[str], plan: Plan, encoder: Encoder) -> None:
    workers = max(1, torch.get_num_threads())
    with one_thread(), ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda path: _encode(path, plan, encoder), paths))


def _answer(paths: Sequence[str], plan: Plan, encoder: Encoder) -> None:
    answers = run_several(paths, plan, encoder, lambda _done: None)
    curves = [one.curve for one in answers if isinstance(one, Answered) and one.curve is not None]
    if curves:
        folder_budget(curves, target=0.9, total=None, seed=0)
