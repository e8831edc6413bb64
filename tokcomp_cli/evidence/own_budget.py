"""Does a budget of its own for each picture keep more answers than the same total spread otherwise?"""

from collections.abc import Sequence

import numpy as np

from tokcomp_cli.core.results.evidence import TargetRow
from tokcomp_cli.difficulty.rules import band
from tokcomp_cli.evidence.evaluate import Trial
from tokcomp_cli.evidence.statistics import Array, Numbers, interval
from tokcomp_cli.plan.budget import BAND_SHARES

CURVE = (4, 6, 9, 12, 16, 20, 25, 32, 40, 49, 64, 81, 100, 121, 144, 169, 196)
TARGETS = (0.80, 0.85, 0.90, 0.925, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.997, 0.999)


def own_budgets(
    trials: Sequence[Trial], picture: Numbers, score: Array, weights: Array
) -> tuple[TargetRow, ...]:
    """Return one row a target: each picture at the fewest tokens that reach it, and the same total otherwise.

    Args:
        trials: One method at rising budgets, T of them.
        picture: Of each question, (Q,).
        score: The reference note's difficulty of each picture, (N,); empty where it was not measured.
        weights: How often each picture counts, (R, N).
    """
    count = weights.shape[1]
    asked = np.bincount(picture, minlength=count).astype(np.float64)
    right: Array = np.stack([np.bincount(picture, one.right.mean(0), count) for one in trials], axis=1)
    explained = np.stack([one.figures["explained"] for one in trials], axis=1)
    budgets: Array = np.array([one.budget for one in trials], dtype=np.float64)
    at_all: Array = weights @ asked

    def accuracy(tokens: Array) -> Array:
        """Return the share answered rightly when picture n has tokens[n], (R,)."""
        hit: Array = weights @ _between(budgets, right, tokens)
        return hit / at_all

    rows = []
    for target in TARGETS:
        reached = explained >= target
        first = np.where(reached.any(1), reached.argmax(1), len(budgets) - 1)
        own: Array = budgets[first]
        even = np.full(count, own.mean())
        bands = _by_band(score, own.mean(), budgets) if len(score) else even
        of_own, of_even = accuracy(own), accuracy(even)
        rows.append(
            TargetRow(
                target,
                float(own.mean()),
                interval(of_own),
                interval(of_even),
                interval(accuracy(bands)) if len(score) else None,
                interval(of_own - of_even),
            )
        )
    return tuple(rows)


def _between(budgets: Array, right: Array, tokens: Array) -> Array:
    """Return right answers of each picture at its tokens, linear between the budgets tried, (N,).

    Args:
        budgets: Rising, (T,).
        right: Right answers of each picture at each, (N, T).
        tokens: Of each picture, (N,).
    """
    upper: Numbers = np.searchsorted(budgets, tokens).clip(1, len(budgets) - 1).astype(np.int64)
    share = np.clip((tokens - budgets[upper - 1]) / (budgets[upper] - budgets[upper - 1]), 0, 1)
    row = np.arange(len(right))
    below, above = right[row, upper - 1], right[row, upper]
    found: Array = below + share * (above - below)
    return found


def _by_band(score: Array, mean: float, budgets: Array) -> Array:
    """Return tokens of each picture in the proportions of the note's bands, of a given mean, (N,)."""
    shares = np.array([BAND_SHARES[band(one)] for one in score.tolist()])
    low, high = 0.0, float(budgets[-1] / shares.min())
    for _ in range(60):
        middle = (low + high) / 2
        if np.clip(shares * middle, budgets[0], budgets[-1]).mean() < mean:
            low = middle
        else:
            high = middle
    tokens: Array = np.clip(shares * high, budgets[0], budgets[-1])
    return tokens
