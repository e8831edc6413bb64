"""Intervals by resampling files, and rank correlations."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.results.interval import Interval

RESAMPLES = 2000
NORMAL_95 = 1.959963984540054


def bootstrap(values: Sequence[float], *, seed: int) -> Interval:
    """Return the mean of one value a file and its 95 % percentile bootstrap interval over files.

    Args:
        values: Paired differences, at least one.
        seed: Of the resamples.

    Reference: Efron and Tibshirani 1993.
    """
    sample = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(seed).integers(len(sample), size=(RESAMPLES, len(sample)))
    low, high = np.quantile(sample[drawn].mean(1), (0.025, 0.975))
    return Interval(float(sample.mean()), float(low), float(high))


def bootstrap_by_file(values: Sequence[Sequence[float]], *, seed: int) -> Interval:
    """Return the mean of all values and its 95 % percentile bootstrap interval over files.

    Values of one file are drawn together, as they depend on each other.

    Args:
        values: For each file its values, at least one.
        seed: Of the resamples.

    Reference: Efron and Tibshirani 1993.
    """
    sums = np.array([sum(one) for one in values], dtype=np.float64)
    counts = np.array([len(one) for one in values], dtype=np.float64)
    drawn = np.random.default_rng(seed).integers(len(sums), size=(RESAMPLES, len(sums)))
    low, high = np.quantile(sums[drawn].sum(1) / counts[drawn].sum(1), (0.025, 0.975))
    return Interval(float(sums.sum() / counts.sum()), float(low), float(high))


def wilson(hits: int, trials: int) -> Interval:
    """Return a share and its 95 % Wilson interval.

    Reference: Wilson 1927; it also tells something where all trials end alike.
    """
    share, square = hits / trials, NORMAL_95**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    half = (
        NORMAL_95 / (1 + square / trials) * (share * (1 - share) / trials + square / (4 * trials**2)) ** 0.5
    )
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def rank_correlation(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], *, seed: int) -> Interval:
    """Return Spearman's rank correlation with its 95 % bootstrap interval; 0 where one side is constant.

    Args:
        x: One value a file, (N,).
        y: Likewise.
        seed: Of the resamples.

    Reference: Efron and Tibshirani 1993.
    """
    drawn = np.random.default_rng(seed).integers(len(x), size=(RESAMPLES, len(x)))
    resampled = rank_correlations(x[drawn], y[drawn])
    low, high = np.quantile(resampled, (0.025, 0.975))
    return Interval(float(rank_correlations(x[None], y[None])[0]), float(low), float(high))


def rank_correlations(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return Spearman's rank correlation of each row, (R,); ties get their mean rank, a constant side 0.

    Args:
        x: (R, N).
        y: (R, N).
    """
    from scipy.stats import rankdata  # slow to load, and most commands bootstrap means alone

    a, b = rankdata(x, axis=1), rankdata(y, axis=1)
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    spread = np.sqrt((a * a).sum(1) * (b * b).sum(1))
    found: npt.NDArray[np.float64] = np.where(spread > 0, (a * b).sum(1) / np.maximum(spread, 1e-300), 0.0)
    return found
