"""The gate: frame by frame, whether the encoder need not see it."""

from heapq import heappush, heappushpop
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from tokcomp_cli.gate.block_test import Blocks, blocks, difference

LIMITS = {"auto": 1.0, "strict": 0.5}
CHECKED_SHARE, LEAST_CHECKED = 0.05, 8
STRATA = round(1 / CHECKED_SHARE)

Held = TypeVar("Held")


class Gate:
    """Compares each frame with the last one that was encoded, never with its neighbour: small changes add up.

    That frame is always in the merged frame that is open.
    """

    def __init__(self, mode: str) -> None:
        """Start without a frame.

        Args:
            mode: `auto`, `strict` (half as much difference is allowed), or `off` to skip nothing.
        """
        self._limit = LIMITS.get(mode)
        self._encoded: Blocks | None = None

    def skips(self, rgb: npt.NDArray[np.uint8]) -> bool:
        """Return whether a frame is near-identical to the last one that was not skipped.

        Args:
            rgb: What the encoder would see, uint8, (H, W, 3).
        """
        if self._limit is None:
            return False
        seen = blocks(rgb)
        if self._encoded is not None and difference(seen, self._encoded) <= self._limit:
            return True
        self._encoded = seen
        return False


class Lots:
    """Draws which skipped frames are encoded all the same, so that what skipping costs is measured.

    Each frame gets a rank, uniform in [0, 1). Ranks below 5 % are encoded when they come: exactly one of each
    20 frames, so that the sample is spread over the video. Where those are fewer than eight in the end, the
    next lowest ranks follow: frames wait for that in a `Lowest`.
    """

    def __init__(self, *, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._ranks: list[float] = []

    def draw(self) -> float:
        """Return the rank of the next skipped frame."""
        if not self._ranks:
            strata = self._random.permutation(STRATA)
            self._ranks = ((strata + self._random.random(STRATA)) / STRATA).tolist()
        return self._ranks.pop()


class Lowest(Generic[Held]):
    """Keeps what came with the eight lowest ranks."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Held]] = []
        self._came = 0

    def offer(self, rank: float, held: Held) -> None:
        """Keep a thing as long as its rank is among the lowest."""
        entry = (-rank, self._came, held)
        self._came += 1
        if len(self._heap) < LEAST_CHECKED:
            heappush(self._heap, entry)
        else:
            heappushpop(self._heap, entry)

    def above(self, rank: float) -> list[Held]:
        """Return what came with a rank of at least that much, in the order in which it came."""
        return [held for below, _, held in sorted(self._heap, key=lambda one: one[1]) if -below >= rank]
