"""Fidelities averaged, and interpolated between two counts."""

from collections.abc import Sequence
from dataclasses import fields, replace
from math import log

from tokcomp_cli.core.results.analysis import Fidelity

FIGURES = tuple(
    field.name for field in fields(Fidelity) if field.name not in {"worst_frame", "lift", "sampled"}
)


def mean_of(fidelities: Sequence[Fidelity]) -> Fidelity:
    """Return the mean of each figure; the worst frame is the worst of all."""
    return _weighted(fidelities, [1 / len(fidelities)] * len(fidelities))


def between(below: Fidelity, above: Fidelity, counts: tuple[int, int], count: int) -> Fidelity:
    """Return the fidelity at a count between two, linear in the logarithm of the count.

    Against the logarithm `explained` is nearly straight; a chord over the count itself would be too low.

    Args:
        below: At the lower count.
        above: At the higher count.
        counts: Both counts.
        count: Where to read.
    """
    low, high = counts
    share = log(count / low) / log(high / low) if high > low else 0.0
    return _weighted((below, above), (1 - share, share))


def _weighted(fidelities: Sequence[Fidelity], weights: Sequence[float]) -> Fidelity:
    figures = {
        name: sum(weight * getattr(one, name) for one, weight in zip(fidelities, weights, strict=True))
        for name in FIGURES
    }
    worst = min((one.worst_frame for one in fidelities), key=lambda frame: frame.explained)
    return replace(fidelities[0], **figures, worst_frame=worst)
