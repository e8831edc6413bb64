"""What of a video each chosen frame stands for: spans of time, one or several. Pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tokcomp_cli.export.choice import Apart, Floats, Indices

NOTHING, UNLIKE = -1, -2
FAR = 0.5
"""Share of a frame's distance to a picture without content; what is nearer is like it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive frames and what stands for them.

    Attributes:
        first: Of the frames.
        last: Of the frames, included.
        chosen: The frame that stands for them; `NOTHING` where they show nothing, `UNLIKE` where every chosen
            frame is far from them, and the mean of all frames is nearer.
    """

    first: int
    last: int
    chosen: int


def spans_of(apart: Apart, chosen: Sequence[int]) -> tuple[Span, ...]:
    """Return spans in order of time that cover all frames; every chosen frame stands for at least one.

    A frame is stood for by a chosen one near to it. To change over has a price, what an average frame holds,
    so that frames that none is near to do not fall into spans of one frame each. A frame of a screen that has
    a chosen one is stood for by that one, or by none.

    Args:
        apart: The frames.
        chosen: In order of time, at least one.
    """
    stands = _followed(_prices(apart, np.asarray(chosen)), apart.energy / max(apart.counted.sum(), 1.0))
    owner = np.where(apart.shown, np.asarray([*chosen, UNLIKE])[stands], NOTHING)
    starts = [0, *(np.flatnonzero(np.diff(owner)) + 1).tolist(), len(owner)]
    return tuple(Span(first, after - 1, int(owner[first])) for first, after in pairwise(starts))


def _prices(apart: Apart, chosen: Indices) -> Floats:
    """Return what it costs that a chosen frame, or none, stands for a frame, (T, N + 1); inf: must not."""
    price = (apart.squared * apart.counted[:, None])[:, chosen]
    same = apart.screen[:, None] == apart.screen[chosen][None]
    price[same.any(1)[:, None] & ~same] = np.inf
    price[chosen] = np.inf
    price[chosen, np.arange(len(chosen))] = 0.0
    unlike = np.maximum(apart.energies, FAR**2 * apart.own) * apart.counted
    unlike[chosen] = np.inf
    return np.column_stack([price, unlike])


def _followed(price: Floats, change: float) -> Indices:
    """Return the column of each row so that prices and changes together are least, (T,)."""
    best = price[0]
    came = np.zeros(price.shape, dtype=np.int64)
    columns = np.arange(price.shape[1])
    for row in range(1, len(price)):
        other = int(best.argmin())
        stays = best <= best[other] + change
        came[row] = np.where(stays, columns, other)
        best = np.where(stays, best, best[other] + change) + price[row]
    found = np.empty(len(price), dtype=np.int64)
    found[-1] = int(best.argmin())
    for row in range(len(price) - 1, 0, -1):
        found[row - 1] = came[row, found[row]]
    return found
