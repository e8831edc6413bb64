"""Intervals by resampling files."""

from collections.abc import Sequence

import numpy as np

from tokcomp_cli.core.results.interval import Interval

RESAMPLES = 2000


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
