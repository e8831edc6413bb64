"""What a figure foretells: rank correlations and areas under the curve, with intervals over pictures."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from tokcomp_cli.core.results.interval import Interval

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
RESAMPLES = 400
LEAST = 5
"""Questions that were kept, and that were lost, below which nothing is told of a cell."""


def spearman(x: Sequence[float] | Array, y: Sequence[float] | Array) -> float:
    """Return the rank correlation; 0 where one side is constant."""
    a, b = (rankdata(np.round(np.asarray(side), 9)) for side in (x, y))
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread else 0.0


def auc(figure: Array, kept: Flags, weight: Array | None = None) -> float:
    """Return the chance that a kept answer has the larger figure, ties counting half; NaN below `LEAST`.

    Args:
        figure: One a question, (Q,).
        kept: Whether the answer survived, (Q,).
        weight: How often each question counts, (Q,).
    """
    weight = np.ones(len(figure)) if weight is None else weight
    yes, no = weight[kept].sum(), weight[~kept].sum()
    if min(yes, no) < LEAST:
        return float("nan")
    values, group = np.unique(figure, return_inverse=True)
    of_yes, of_no = (np.bincount(group[side], weight[side], minlength=len(values)) for side in (kept, ~kept))
    below = np.concatenate([[0.0], of_no.cumsum()[:-1]])
    return float((of_yes * (below + of_no / 2)).sum() / (yes * no))


def pooled_auc(cells: Sequence[tuple[Array, Flags, npt.NDArray[np.int64]]], weight: Array) -> float:
    """Return the mean of `auc` over cells, each counting as its scarcer side.

    Cells are one method, budget and kind of question each, so that neither of them is what is foretold.

    Args:
        cells: Figures, whether kept, and the picture of each question.
        weight: How often each picture counts, (N,).
    """
    found, counts = [], []
    for figure, kept, picture in cells:
        value = auc(figure, kept, weight[picture])
        if np.isfinite(value):
            found.append(value)
            counts.append(min(weight[picture][kept].sum(), weight[picture][~kept].sum()))
    return float(np.average(found, weights=counts)) if found else float("nan")


def over_pictures(
    measure: Callable[[Array], float], pictures: int, *, seed: int, resamples: int = RESAMPLES
) -> Interval:
    """Return a measure and its 95 % bootstrap interval over pictures.

    Args:
        measure: Takes how often each picture counts, (N,).
        pictures: N.
        seed: Of the resamples.
        resamples: How many.

    Reference: percentile bootstrap, Efron and Tibshirani 1993.
    """
    rng = np.random.default_rng(seed)
    drawn = [
        measure(np.bincount(rng.integers(pictures, size=pictures), minlength=pictures).astype(np.float64))
        for _ in range(resamples)
    ]
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return Interval(measure(np.ones(pictures)), float(low), float(high))
