"""The budget that many files need: fixed for all, or adaptive by one common cut through all dendrograms."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.results.curve import ROUNDING
from tokcomp_cli.core.results.folder import AdaptiveBudget, FileNeed, FixedBudget, FolderBudget
from tokcomp_cli.errors import PlanError
from tokcomp_cli.folder.allocate import Array, FileCurve, common_cut, explained_with
from tokcomp_cli.folder.verdict import INEXACT, NOT_LOOKED, folder_verdict

RESAMPLES = 2000
MOST_FILES = 0.9
LEAST_FOR_OUTLIERS, FENCE = 5, 1.5


def folder_budget(
    curves: Sequence[FileCurve], *, target: float, total: int | None, seed: int
) -> FolderBudget:
    """Return which budget the files need together. Each file counts the same, however long it is.

    Args:
        curves: At least one file.
        target: `explained` to reach.
        total: Tokens to spread over all files; None for as many as match the fixed budget's mean.
        seed: Of the bootstrap.

    Raises:
        PlanError: `total` cannot be spread, or leaves a merged frame without a token.
    """
    known = [curve.values for curve in curves if curve.values is not None]
    exact = len(known) == len(curves)
    looked = all(curve.bound is not None for curve in curves)
    if total is not None and not exact:
        raise PlanError(f"`total` cannot be spread: {INEXACT}")
    fixed = most = adaptive = None
    allotted: list[int] | None = None
    if exact:
        grid = _grid(curves)
        resamples = _resamples(len(curves), seed)
        fixed = _fixed(curves, grid, resamples, target, lambda weights: weights @ grid >= target - ROUNDING)
        reached = (grid >= target - ROUNDING).astype(np.float64)
        most = _fixed(
            curves, grid, resamples, target, lambda weights: weights @ reached >= MOST_FILES - ROUNDING
        )
        if total is not None or fixed is not None:
            allotted = common_cut(
                curves, total=total, mean=None if total is not None or fixed is None else fixed.explained
            )
            adaptive = _adaptive(curves, allotted, target, fixed if total is None else None)
    found = FolderBudget(
        target=target,
        fixed=fixed,
        most=most,
        adaptive=adaptive,
        needed=sum(curve.most if curve.needed is None else curve.needed for curve in curves),
        needs=_needs(curves, fixed, allotted),
        notes=_notes(curves, total, exact=exact, looked=looked),
        verdict="",
    )
    return replace(found, verdict=folder_verdict(found, asked=total is not None))


def _notes(curves: Sequence[FileCurve], total: int | None, *, exact: bool, looked: bool) -> tuple[str, ...]:
    there = sum(curve.most for curve in curves)
    notes = [] if exact else [INEXACT]
    if total is not None and total > there:
        notes.append(f"--total {total:,} is above the {there:,} tokens that are there; each file keeps all")
    if any(curve.needed is None for curve in curves):
        notes.append("a file that cannot reach the target counts with all of its tokens in what each needs")
    return (*notes, *(() if looked else (NOT_LOOKED,)))


def _grid(curves: Sequence[FileCurve]) -> Array:
    """Return what each file explains with 1, 2, ... tokens for each merged frame, (files, most)."""
    longest = max(-(-curve.most // curve.merged_frames) for curve in curves)
    counts = range(1, longest + 1)
    return np.array([[explained_with(one, each * one.merged_frames) for each in counts] for one in curves])


def _resamples(files: int, seed: int) -> Array:
    """Return how much each file weighs in each bootstrap resample, (RESAMPLES, files), rows of sum 1."""
    counts = np.random.default_rng(seed).multinomial(files, np.full(files, 1 / files), size=RESAMPLES)
    weights: Array = counts / files
    return weights


def _fixed(
    curves: Sequence[FileCurve],
    grid: Array,
    resamples: Array,
    target: float,
    reaches: Callable[[Array], npt.NDArray[np.bool_]],
) -> FixedBudget | None:
    """Return the smallest fixed budget that reaches, with its interval, or None.

    Args:
        curves: The files.
        grid: As `_grid` returns it.
        resamples: As `_resamples` returns it; one that no budget satisfies counts as the largest.
        target: `explained` to reach.
        reaches: From weights of files, (B, files), to whether each count reaches, (B, most), rising.

    Reference: percentile bootstrap, Efron and Tibshirani 1993.
    """
    files, largest = grid.shape

    def smallest(weights: Array) -> npt.NDArray[np.intp]:
        enough = reaches(weights)
        first: npt.NDArray[np.intp] = np.where(enough.any(1), enough.argmax(1) + 1, largest)
        return first

    everyone = np.full((1, files), 1 / files)
    if not reaches(everyone).any():
        return None
    tokens = int(smallest(everyone)[0])
    low, high = np.quantile(smallest(resamples), (0.025, 0.975), method="nearest")
    column = grid[:, tokens - 1]
    return FixedBudget(
        tokens=tokens,
        low=int(low),
        high=int(high),
        total=sum(min(tokens * curve.merged_frames, curve.most) for curve in curves),
        explained=float(column.mean()),
        reached=int((column >= target - ROUNDING).sum()),
    )


def _adaptive(
    curves: Sequence[FileCurve], allotted: Sequence[int], target: float, fixed: FixedBudget | None
) -> AdaptiveBudget:
    explained = [explained_with(curve, tokens) for curve, tokens in zip(curves, allotted, strict=True)]
    total = sum(allotted)
    return AdaptiveBudget(
        total=total,
        explained=sum(explained) / len(explained),
        reached=sum(value >= target - ROUNDING for value in explained),
        saving=None if fixed is None else 1 - total / fixed.total,
    )


def _needs(
    curves: Sequence[FileCurve], fixed: FixedBudget | None, allotted: Sequence[int] | None
) -> tuple[FileNeed, ...]:
    marks = outliers([None if one.needed is None else one.needed / one.merged_frames for one in curves])
    return tuple(
        FileNeed(
            path=curve.path,
            original=curve.original,
            merged_frames=curve.merged_frames,
            needed=curve.needed,
            reachable=curve.reachable,
            explained_fixed=None
            if fixed is None
            else explained_with(curve, fixed.tokens * curve.merged_frames),
            adaptive=None if allotted is None else allotted[number],
            explained_adaptive=None if allotted is None else explained_with(curve, allotted[number]),
            outlier=marks[number],
            bound=curve.bound,
        )
        for number, curve in enumerate(curves)
    )


def outliers(needed: Sequence[float | None]) -> list[Literal["above", "below"] | None]:
    """Return which files need far more or far less than the others: those beyond Tukey's fences.

    The upper fence is computed on tokens, which are what is paid; the lower one on their logarithm, since
    counts are positive.

    Args:
        needed: Tokens a merged frame; None where the target is out of reach. Fewer than five known
            needs give no fences.

    Reference: Tukey 1977, "Exploratory Data Analysis".
    """
    known = np.array([value for value in needed if value is not None])
    low, high = -np.inf, np.inf
    if len(known) >= LEAST_FOR_OUTLIERS:
        first, third = np.quantile(known, (0.25, 0.75))
        high = third + FENCE * (third - first)
        low = first * (first / third) ** FENCE

    def mark(value: float | None) -> Literal["above", "below"] | None:
        if value is None or low - ROUNDING <= value <= high + ROUNDING:
            return None
        return "above" if value > high else "below"

    return [mark(value) for value in needed]
