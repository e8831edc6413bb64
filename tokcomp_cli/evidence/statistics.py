"""What a figure predicts: rank correlations and areas under the curve, with intervals over pictures."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.results.interval import Interval

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Cell = tuple[Array, Flags, Numbers]
"""Figure, whether the answer was kept, and picture of some questions, (Q,) each."""

RESAMPLES = 400
LEAST = 5
"""Questions that were kept, and that were lost, below which nothing is told of a cell."""


def draws(pictures: int, *, seed: int, resamples: int = RESAMPLES) -> Array:
    """Return how often each picture counts: once in row 0, as drawn in the others, (1 + resamples, N).

    Reference: bootstrap, Efron and Tibshirani 1993.
    """
    rng = np.random.default_rng(seed)
    drawn = [np.bincount(rng.integers(pictures, size=pictures), minlength=pictures) for _ in range(resamples)]
    return np.array([np.ones(pictures), *drawn], dtype=np.float64)


def interval(values: Array) -> Interval:
    """Return the value of row 0 with the 95 % percentile interval of the others; NaN where not measured.

    Args:
        values: One a row of `draws`, (1 + resamples,).
    """
    if np.isnan(values[0]) or np.isnan(values[1:]).all():
        return Interval(float("nan"), float("nan"), float("nan"))
    low, high = np.nanquantile(values[1:], (0.025, 0.975))
    return Interval(float(values[0]), float(low), float(high))


def auc(figure: Array, kept: Flags, weights: Array) -> Array:
    """Return the chance that a kept answer has the larger figure, (R,); ties count half, NaN below `LEAST`.

    Args:
        figure: One a question, (Q,).
        kept: Whether the answer survived, (Q,).
        weights: How often each question counts, (R, Q).
    """
    yes, no = weights[:, kept], weights[:, ~kept]
    enough = np.minimum(yes.sum(1), no.sum(1)) >= LEAST
    apart = figure[kept][:, None] - figure[~kept]
    ordered = ((yes @ ((np.sign(apart) + 1) / 2)) * no).sum(1)
    return np.where(enough, ordered / np.maximum(yes.sum(1) * no.sum(1), 1e-300), np.nan)


def pooled_auc(cells: Iterable[Cell], weights: Array) -> Array:
    """Return the mean of `auc` over cells, each counting as its scarcer side, (R,).

    Cells are one method, budget and kind of question each, so that none of these is what is predicted.

    Args:
        cells: Questions of one kind each.
        weights: How often each picture counts, (R, N).
    """
    total, counts = np.zeros(len(weights)), np.zeros(len(weights))
    for figure, kept, picture in cells:
        each = weights[:, picture]
        found = auc(figure, kept, each)
        scarcer = np.where(np.isnan(found), 0.0, np.minimum(each[:, kept].sum(1), each[:, ~kept].sum(1)))
        total += scarcer * np.nan_to_num(found)
        counts += scarcer
    return np.where(counts > 0, total / np.maximum(counts, 1e-300), np.nan)
