"""Which frames stand for a video: runs of frames, and the medoid of each. Pure arithmetic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MOST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Apart:
    """How far frames are from each other.

    Attributes:
        squared: Squared distance of each frame to each that may stand for it, float64, (T, T); patches count
            by the saliency of the first, so that it is not symmetric.
        weight: Frames that each speaks for, float64, (T,).
        opens: Whether a frame shows other writing than the screen before, bool, (T,).
        energies: Squared distance of each frame to the mean content, float64, (T,).
    """

    squared: Floats
    weight: Floats
    opens: npt.NDArray[np.bool_]
    energies: Floats

    @property
    def energy(self) -> float:
        """Return the squared distance of all frames to the mean content."""
        return float(self.energies @ self.weight)


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive frames and the one that stands for them.

    Attributes:
        first: Of the frames.
        last: Of the frames, included.
        chosen: The frame nearest to all of them.
    """

    first: int
    last: int
    chosen: int


def runs_by_count(apart: Apart, most: int) -> Iterator[tuple[Run, ...]]:
    """Yield the best runs for 1, 2, ... frames, at most so many.

    All ways of cutting are considered (dynamic programming): the squared distance of frames to the medoid of
    their run is least. No run crosses the start of a screen while there are enough of them.

    Args:
        apart: The frames.
        most: Most frames to choose.
    """
    count = len(apart.weight)
    cost, medoid = _costs(apart)
    best = cost[0].copy()  # of the first so many frames, (T + 1,)
    cuts: list[npt.NDArray[np.int32]] = []
    for wanted in range(1, min(most, count) + 1):
        if wanted > 1:
            ways = best[:, None] + cost
            taken = ways.argmin(0)
            best = ways[taken, np.arange(count + 1)]
            cuts.append(taken.astype(np.int32))
        borders = _borders(cuts, count)
        yield tuple(Run(a, b - 1, int(medoid[a, b])) for a, b in pairwise(borders))


def _costs(apart: Apart) -> tuple[Floats, npt.NDArray[np.int32]]:
    """Return what a run of frames a to b - 1 costs, else infinite, and its medoid, (T + 1, T + 1) each."""
    count = len(apart.weight)
    cost = np.full((count + 1, count + 1), np.inf)
    medoid = np.zeros((count + 1, count + 1), dtype=np.int32)
    screens = np.concatenate(([0], apart.opens.cumsum()))
    dear = 1.0 + 2.0 * float((apart.squared.max(1) * apart.weight).sum())
    weighted = apart.squared.T * apart.weight  # what stands, what it stands for
    for a in range(count):
        far = weighted[a:, a:].cumsum(1)
        far[np.tril_indices(count - a, -1)] = np.inf  # a frame behind the run is none of it
        chosen = far.argmin(0)
        crossed = screens[a + 1 :] - screens[a + 1]
        cost[a, a + 1 :] = far[chosen, np.arange(count - a)] + dear * crossed
        medoid[a, a + 1 :] = a + chosen
    return cost, medoid


def _borders(cuts: Sequence[npt.NDArray[np.int32]], count: int) -> list[int]:
    """Return the first frame of each run, and the number of frames at the end."""
    found = [count]
    for taken in reversed(cuts):
        found.append(int(taken[found[-1]]))
    return [0, *found[::-1]]


def explained_by(apart: Apart, chosen: Sequence[int], *, floor: float = 0.0) -> float:
    """Return the share of the content of all frames that chosen ones explain.

    Each frame is stood for by the chosen one nearest to it, patch by patch at the same place; patches count
    by their saliency.

    Args:
        apart: The frames.
        chosen: At least one.
        floor: Least energy of all frames together.
    """
    lost = float((apart.squared[:, list(chosen)].min(1) * apart.weight).sum())
    energy = max(apart.energy, floor)
    return 1.0 - lost / energy if energy > 0 else 1.0


def fewest(apart: Apart, *, target: float, most: int, floor: float = 0.0) -> tuple[Run, ...]:
    """Return the runs of the fewest frames that keep the target and every screen, or of the most allowed.

    Args:
        apart: The frames.
        target: Content to explain.
        most: Most frames to choose, at least 1.
        floor: Least energy of all frames together.
    """
    screens = 1 + int(apart.opens[1:].sum())
    runs: tuple[Run, ...] = ()
    for runs in runs_by_count(apart, most):
        kept = explained_by(apart, [run.chosen for run in runs], floor=floor)
        if len(runs) >= screens and kept >= target - 1e-9:
            break
    return _refined(apart, list(runs))


def _refined(apart: Apart, runs: list[Run]) -> tuple[Run, ...]:
    """Return the runs with other frames chosen in them where all frames together are nearer to those."""
    for _ in range(MOST_ROUNDS):
        before = list(runs)
        for at, run in enumerate(runs):
            others = [one.chosen for one in runs if one is not run]
            left = apart.squared[:, others].min(1, initial=np.inf)
            own = slice(run.first, run.last + 1)
            lost = apart.weight @ np.minimum(left[:, None], apart.squared[:, own])
            better = run.first + int(lost.argmin())
            if lost[better - run.first] < lost[run.chosen - run.first] * (1 - 1e-9):
                runs[at] = Run(run.first, run.last, better)
        if runs == before:
            break
    return tuple(runs)
