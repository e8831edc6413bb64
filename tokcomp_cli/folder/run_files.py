"""One plan over one or many files, as many side by side as there are threads, in the order given."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from threading import Event

import torch

from tokcomp_cli.core.results.analysis import Analysis, Failure
from tokcomp_cli.core.timing import Progress, one_thread
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import PlanError, TokcompError
from tokcomp_cli.folder.allocate import FileCurve
from tokcomp_cli.measure.curve import Curve
from tokcomp_cli.pipeline.result import Result
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class FileResult:
    """What was found out about one file.

    Attributes:
        analysis: Of the file.
        curve: What each budget keeps; None without a target.
        result: The analysis with its tokens, for a single file only: those of many would fill the memory.
    """

    analysis: Analysis
    curve: FileCurve | None
    result: Result | None


class Stopped(Exception):  # noqa: N818 it is no error, it ends a run whose result is no longer wanted
    """The result of the run is no longer wanted."""


def run_files(
    paths: Sequence[str], plan: Plan, encoder: Encoder, progress: Progress
) -> list[FileResult | Failure]:
    """Return each file's result, or why it failed; one that fails does not stop the rest.

    A single file uses all threads. Of several, each uses one thread, so that no core waits for the parts of a
    run that are not encoding; the figures are bit for bit those of the file alone. An interrupt ends all runs
    after the frames at hand.

    Args:
        paths: Local files.
        plan: What was asked for.
        encoder: Used by all files at once.
        progress: Called with files done and files to do; for a single file, with its frames.

    Raises:
        PlanError: The plan does not fit a single file.
    """
    if len(paths) == 1:
        return [run_file(paths[0], plan, encoder, progress)]
    _ = encoder.blank  # computed at its first use, which must not be in several threads at once
    workers = max(1, min(torch.get_num_threads(), len(paths)))
    stop = Event()
    results: list[FileResult | Failure] = []

    def one(path: str) -> FileResult | Failure:
        return _one_of_many(path, plan, encoder, stop)

    with one_thread(), ThreadPoolExecutor(workers, "file") as pool:
        try:
            for found in _in_order(pool, one, paths, waiting=workers + 1):
                results.append(found)
                progress(len(results), len(paths))
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
    return results


def run_file(path: str, plan: Plan, encoder: Encoder, progress: Progress) -> FileResult | Failure:
    """Return a file's result, or why it failed.

    Raises:
        PlanError: The plan does not fit the file.
    """
    try:
        result = run(path, plan, encoder, progress)
    except PlanError:
        raise
    except TokcompError as error:
        return _failure(path, error)
    return FileResult(result.analysis, file_curve(result.analysis, result.curve), result)


def _one_of_many(path: str, plan: Plan, encoder: Encoder, stop: Event) -> FileResult | Failure:
    def check_stop(_done: int, _wanted: int) -> None:
        if stop.is_set():
            raise Stopped

    try:
        found = run_file(path, plan, encoder, check_stop)
    except PlanError as error:
        return _failure(path, error)
    return found if isinstance(found, Failure) else replace(found, result=None)


def _failure(path: str, error: TokcompError) -> Failure:
    return Failure(path, type(error).__name__, str(error))


def _in_order(
    pool: ThreadPoolExecutor,
    run_one: Callable[[str], FileResult | Failure],
    paths: Sequence[str],
    *,
    waiting: int,
) -> Iterator[FileResult | Failure]:
    """Yield the results in the order of the paths, with no more than `waiting` of them submitted."""
    left = iter(paths)
    submitted = deque(pool.submit(run_one, path) for path in islice(left, waiting))
    while submitted:
        found = submitted.popleft().result()
        submitted.extend(pool.submit(run_one, path) for path in islice(left, 1))
        yield found


def file_curve(analysis: Analysis, curve: Curve | None) -> FileCurve | None:
    """Return the numbers of a file's curve, without its tokens; None without a target."""
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
