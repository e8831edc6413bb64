"""One plan over several files, two of them at a time on two cores, in the order given."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from threading import Event

import torch

from tokcomp_cli.core.results.analysis import Analysis, Failure
from tokcomp_cli.core.timing import one_thread
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import TokcompError
from tokcomp_cli.folder.allocate import FileCurve
from tokcomp_cli.measure.curve import Curve
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class Answered:
    """What was found out about one of several files, and its curve where a target was asked for."""

    analysis: Analysis
    curve: FileCurve | None


Answer = Answered | Failure


class Stopped(Exception):  # noqa: N818 it is no error, it ends what nobody waits for
    """Nobody waits for the file any more."""


def run_several(
    paths: Sequence[str], plan: Plan, encoder: Encoder, done: Callable[[int], None]
) -> list[Answer]:
    """Return each file's analysis and curve, or why it failed; one that fails does not stop the rest.

    Files are done side by side on one thread each, as many as there are threads: then no core waits for what
    of a file is not encoding. Figures are those of a run alone, bit for bit. An interrupt ends all of them
    after the frames at hand.

    Args:
        paths: Local files.
        plan: What was asked for.
        encoder: Used by all of them at once.
        done: Called with the number of files done.
    """
    _ = encoder.blank  # computed once, before there are several to do so
    workers = max(1, min(torch.get_num_threads(), len(paths)))
    stop = Event()
    answers: list[Answer] = []

    def answer(path: str) -> Answer:
        return _answer(path, plan, encoder, stop)

    with one_thread(), ThreadPoolExecutor(workers, "file") as pool:
        try:
            for found in in_order(pool, answer, paths, waiting=workers + 1):
                answers.append(found)
                done(len(answers))
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
    return answers


def in_order(
    pool: ThreadPoolExecutor, job: Callable[[str], Answer], paths: Sequence[str], *, waiting: int
) -> Iterator[Answer]:
    """Yield the answers in the order of the paths, with no more than `waiting` of them handed out."""
    left = iter(paths)
    under_way = deque(pool.submit(job, path) for path in islice(left, waiting))
    while under_way:
        found = under_way.popleft().result()
        under_way.extend(pool.submit(job, path) for path in islice(left, 1))
        yield found


def _answer(path: str, plan: Plan, encoder: Encoder, stop: Event) -> Answer:
    def going_on(_done: int, _wanted: int) -> None:
        if stop.is_set():
            raise Stopped

    try:
        result = run(path, plan, encoder, going_on)
    except TokcompError as error:
        return Failure(path, type(error).__name__, str(error))
    return Answered(result.analysis, file_curve(result.analysis, result.curve))


def file_curve(analysis: Analysis, curve: Curve | None) -> FileCurve | None:
    """Return what is kept of a file's curve when many follow: numbers, no tokens; None without a target."""
    advice = analysis.recommendation
    if advice is None or curve is None:
        return None
    return FileCurve(
        path=analysis.media.path,
        original=analysis.original,
        merged_frames=curve.merged_frames,
        most=curve.most,
        needed=None if advice.recommended is None else advice.recommended.tokens,
        reachable=advice.reachable,
        values=curve.values() if curve.exact else None,
        bound=None if analysis.resolution is None else analysis.resolution.bound,
    )
