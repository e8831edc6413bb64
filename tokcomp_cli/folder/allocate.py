"""Allocate tokens to many files by one cut at equal marginal loss through all their dendrograms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.results.curve import ROUNDING
from tokcomp_cli.errors import PlanError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FileCurve:
    """What one file needs.

    Attributes:
        path: As given.
        original: Patch tokens of its sampled frames.
        merged_frames: Merged frames.
        most: Tokens that are there.
        needed: Fewest tokens that reach the target; None where none do.
        reachable: Largest `explained` that any budget reaches.
        values: `explained` at `merged_frames`, `merged_frames` + 1, ... tokens, rising; None without a
            dendrogram.
        bound: Whether the resize to the encoder's input decides what can be seen; None where not measured.
    """

    path: str
    original: int
    merged_frames: int
    most: int
    needed: int | None
    reachable: float
    values: Array | None
    bound: bool | None = None


def explained_with(curve: FileCurve, tokens: int) -> float:
    """Return what a file of known curve explains with so many tokens, at least one a merged frame."""
    values = np.empty(0) if curve.values is None else curve.values
    return float(values[min(tokens, curve.most) - curve.merged_frames])


def common_cut(curves: Sequence[FileCurve], *, total: int | None, mean: float | None) -> list[int]:
    """Return the tokens of each file when one cut at equal marginal loss goes through all dendrograms.

    The mean of `explained` over files is then the largest for that many tokens, since each further token of a
    file adds less than the one before.

    Args:
        curves: Files whose curves are known.
        total: Tokens to spread; more than there are gives each file all of its own.
        mean: Where `total` is None, the mean of `explained` to reach with as few tokens as can be.

    Raises:
        PlanError: `total` leaves a merged frame without a token.
    """
    least = [curve.merged_frames for curve in curves]
    values = [np.empty(0) if curve.values is None else curve.values for curve in curves]
    gains = np.concatenate([np.diff(one) for one in values])
    of_file = np.repeat(np.arange(len(curves)), [len(one) - 1 for one in values])
    order = np.argsort(-gains, kind="stable")
    if total is not None:
        if total < sum(least):
            raise PlanError(
                f"`total` {total} is below the {sum(least)} merged frames of the {len(curves)} files, each "
                "of which keeps at least one token; raise it"
            )
        taken = total - sum(least)
    else:
        start = sum(float(one[0]) for one in values)
        reached = np.concatenate([[start], start + gains[order].cumsum()]) / len(curves)
        taken = int((reached >= (mean or 0.0) - ROUNDING).argmax())
    more = np.bincount(of_file[order[:taken]], minlength=len(curves))
    return [int(base + extra) for base, extra in zip(least, more, strict=True)]
