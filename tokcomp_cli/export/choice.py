"""Which frames stand for a video: real frames, each for all that are nearest to it. Pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
MOST_EXCHANGES = 100


@dataclass(frozen=True, slots=True)
class Apart:
    """How far frames are from each other.

    Attributes:
        squared: Squared distance of each frame to each that may stand for it, float64, (T, T); patches count
            by the saliency of the first, so that it is not symmetric.
        weight: Frames that each speaks for, float64, (T,).
        opens: Whether a frame shows other writing than the screen before, bool, (T,).
        energies: Squared distance of each frame to the mean content, float64, (T,).
        blank: Whether a frame shows nothing: one grey all over, as between two fades, bool, (T,).
        own: Squared distance of each frame to a picture without content, float64, (T,).
    """

    squared: Floats
    weight: Floats
    opens: npt.NDArray[np.bool_]
    energies: Floats
    blank: npt.NDArray[np.bool_]
    own: Floats

    @property
    def shown(self) -> npt.NDArray[np.bool_]:
        """Return which frames count and may be chosen: those that show something, or all where none does."""
        return ~self.blank if not self.blank.all() else np.ones_like(self.blank)

    @property
    def counted(self) -> Floats:
        """Return the frames that each speaks for, 0 for one that shows nothing."""
        return self.weight * self.shown

    @property
    def energy(self) -> float:
        """Return the squared distance of all frames to the mean content."""
        return float(self.energies @ self.counted)

    @property
    def screen(self) -> Indices:
        """Return the number of the screen that each frame is of."""
        return np.cumsum(self.opens)

    @property
    def screens(self) -> int:
        """Return how many screens of other writing there are, at least 1."""
        return len(np.unique(self.screen[self.shown]))


@dataclass(frozen=True, slots=True)
class Order:
    """One order of frames that holds every budget: the first N of it are the choice of N frames.

    Attributes:
        frames: All that may be chosen, what is left out first at the end.
        lost: Squared distance of all frames to the nearest of the first 1, 2, ... frames, float64.
    """

    frames: tuple[int, ...]
    lost: Floats


def order_of(apart: Apart) -> Order:
    """Return the order in which frames are given up.

    From all frames the one is left out, again and again, whose absence costs least: each frame that it stood
    for is then stood for by the next nearest. No screen loses its last frame while another has two.
    """
    far = np.where(apart.shown, apart.squared * apart.counted[:, None], np.inf)
    screen, left = apart.screen, np.bincount(apart.screen[apart.shown], minlength=int(apart.screen[-1]) + 1)
    dear = 1.0 + 2.0 * float(apart.energies.sum() + (apart.squared.max(1) * apart.counted).sum())
    here = np.arange(len(far))
    first, second = _two_nearest(far)
    gone: list[int] = []
    lost = [float(far[here, first].sum())]
    open_ = apart.shown.copy()
    while open_.sum() > 1:
        more = np.bincount(first, weights=far[here, second] - far[here, first], minlength=len(far))
        cost = np.where(open_, more + dear * (left[screen] == 1), np.inf)
        out = len(cost) - 1 - int(cost[::-1].argmin())  # of equals the earlier stays
        open_[out], far[:, out] = False, np.inf
        left[screen[out]] -= 1
        gone.append(out)
        rows = (first == out) | (second == out)
        first[rows], second[rows] = _two_nearest(far[rows])
        lost.append(float(far[here, first].sum()))
    return Order((int(open_.argmax()), *gone[::-1]), np.asarray(lost[::-1]))


def _two_nearest(far: Floats) -> tuple[Indices, Indices]:
    """Return the columns of the least and the second least value of each row."""
    if far.shape[1] == 1:
        return np.zeros(len(far), dtype=np.int64), np.zeros(len(far), dtype=np.int64)
    two = np.argpartition(far, 1, axis=1)[:, :2]
    turned = np.take_along_axis(far, two, 1)
    swap = turned[:, 0] > turned[:, 1]
    return np.where(swap, two[:, 1], two[:, 0]), np.where(swap, two[:, 0], two[:, 1])


def explained_by(apart: Apart, chosen: Sequence[int], *, floor: float = 0.0) -> float:
    """Return the share of the content of all frames that chosen ones explain.

    Each frame is stood for by the chosen one nearest to it, patch by patch at the same place; patches count
    by their saliency. Frames that show nothing have nothing to explain.

    Args:
        apart: The frames.
        chosen: At least one.
        floor: Least energy of all frames together.
    """
    lost = float((apart.squared[:, list(chosen)].min(1) * apart.counted).sum())
    energy = max(apart.energy, floor)
    return 1.0 - lost / energy if energy > 0 else 1.0


def fewest(apart: Apart, order: Order, *, target: float, floor: float = 0.0) -> tuple[int, ...]:
    """Return the fewest frames found that keep the target and every screen, in order of time.

    Args:
        apart: The frames.
        order: Of them.
        target: Content to explain; where not even all frames do, they are the choice.
        floor: Least energy of all frames together.
    """
    allowed = (1.0 - target + 1e-9) * max(apart.energy, floor)
    keeps = np.flatnonzero(order.lost <= allowed)
    count = max(int(keeps[0]) + 1 if keeps.size else len(order.frames), apart.screens)
    chosen = chosen_of(apart, order, count)
    while len(chosen) > apart.screens:  # an exchange may have brought enough for one less
        fewer = chosen_of(apart, order, len(chosen) - 1)
        if explained_by(apart, fewer, floor=floor) < target - 1e-9:
            break
        chosen = fewer
    return chosen


def chosen_of(apart: Apart, order: Order, count: int) -> tuple[int, ...]:
    """Return so many frames in order of time: the first of the order, exchanged while that brings more.

    A frame is exchanged for another where all frames together are nearer then, and every screen that had a
    frame keeps one.

    Args:
        apart: The frames.
        order: Of them.
        count: Frames to choose, at least 1; there may be fewer.
    """
    chosen = np.asarray(order.frames[:count], dtype=np.int64)
    far, screen = apart.squared * apart.counted[:, None], apart.screen
    for _ in range(MOST_EXCHANGES):
        lost, now = _exchanged(far, chosen)
        only = np.bincount(screen[chosen], minlength=int(screen[-1]) + 1)[screen[chosen]] == 1
        lost[only[:, None] & (screen[None] != screen[chosen][:, None])] = np.inf
        lost[:, ~apart.shown] = np.inf
        out, new = np.unravel_index(int(lost.argmin()), lost.shape)
        if lost[out, new] >= now * (1 - 1e-9):
            break
        chosen[out] = new
    return tuple(sorted(chosen.tolist()))


def _exchanged(far: Floats, chosen: Indices) -> tuple[Floats, float]:
    """Return what is lost with each chosen frame exchanged for each other, (N, T), and what is lost now."""
    near = far[:, chosen]
    first, second = _two_nearest(near)
    here = np.arange(len(far))
    least, next_ = near[here, first], near[here, second] if len(chosen) > 1 else np.full(len(far), np.inf)
    with_new = np.minimum(least[:, None], far)
    lost = np.broadcast_to(with_new.sum(0), (len(chosen), len(far))).copy()
    for at in range(len(chosen)):
        own = first == at
        lost[at] += (np.minimum(next_[own, None], far[own]) - with_new[own]).sum(0)
    return lost, float(least.sum())
