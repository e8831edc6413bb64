"""What a budget for every merged frame keeps of many files together, with its interval over files."""

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

POINTS, DRAWS, SEED = 25, 200, 0


@dataclass(frozen=True, slots=True)
class FolderCurve:
    """The mean over files with its 95 % bootstrap interval, one at each budget.

    Attributes:
        tokens: For each merged frame, rising.
        mean, low, high: Share of the content that files keep.
        files: Files with a curve.
    """

    tokens: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    files: int


def folder_curve(curves: Sequence[Sequence[tuple[float, float]]]) -> FolderCurve | None:
    """Return the curve of several files; None for fewer than two.

    Args:
        curves: Of each file, tokens a merged frame and what they keep, tokens rising.
    """
    if len(curves) < 2:
        return None
    first, last = 1.0, max(curve[-1][0] for curve in curves)
    if last <= first:
        return None
    tokens = [first * (last / first) ** (at / (POINTS - 1)) for at in range(POINTS)]
    drawn = random.Random(SEED)  # noqa: S311 no secret
    draws = [drawn.choices(range(len(curves)), k=len(curves)) for _ in range(DRAWS)]
    columns = [[_at(curve, count) for curve in curves] for count in tokens]
    spread = [sorted(sum(column[i] for i in draw) / len(draw) for draw in draws) for column in columns]
    edge = DRAWS // 40
    return FolderCurve(
        tokens=tuple(tokens),
        mean=tuple(sum(column) / len(column) for column in columns),
        low=tuple(one[edge] for one in spread),
        high=tuple(one[-1 - edge] for one in spread),
        files=len(curves),
    )


def _at(curve: Sequence[tuple[float, float]], tokens: float) -> float:
    """Return what a file keeps at a budget, interpolated over the logarithm of the tokens."""
    at = bisect_right(curve, tokens, key=lambda point: point[0])
    if at == 0 or at == len(curve):
        return curve[min(at, len(curve) - 1)][1]
    (left, before), (right, after) = curve[at - 1], curve[at]
    return before + (after - before) * log(tokens / left) / log(right / left)
