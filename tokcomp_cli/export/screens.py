"""What a picture shows as a screen: other writing than the one before, or nothing at all.

Both are told from pixels finer than an encoder's.

An encoder that sees 224 pixels takes two pages of one layout for the same. Here blocks of 8 pixels are
compared at up to 960. Only what looks like a screen is judged: much of it flat, and much of it unchanged.
A screen is told by its second frame.
"""

from collections import Counter
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import Picture
from tokcomp_cli.difficulty.ocr import Reader

LONG_SIDE, BLOCK = 960, 8
FLAT, SHARP = 1.5, 10.0
"""Standard deviation of grey levels in a block below which it is plain, and above which it may be writing."""
STILL, CHANGED = 2.0, 12.0
"""Mean difference of a block, in grey levels, below which it stayed, and above which it changed."""
LEAST_FLAT, LEAST_STILL = 0.3, 0.3
GREY = 6.0
"""Least difference between the means of red, green and blue of a picture that has a colour."""
FEW_BLOCKS, SOME_BLOCKS = 0.0005, 0.0015
"""Shares of the blocks that changed: with new words read in it, and without reading; at 960 x 540 pixels that
is four blocks, and twelve, about a word."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Screen:
    """A picture prepared for comparisons.

    Attributes:
        grey: uint8, (H, W), sides whole blocks.
        spread: Standard deviation of each block, float32.
        colour: Difference between the largest and the least mean of red, green and blue.
    """

    grey: npt.NDArray[np.uint8]
    spread: Floats
    colour: float

    @property
    def flat(self) -> float:
        """Return the share of plain blocks."""
        return float((self.spread < FLAT).mean())

    @property
    def blank(self) -> bool:
        """Return whether it shows nothing: one grey all over, from black to white."""
        one_grey = float(self.spread.max()) < FLAT and float(self.grey.std()) < STILL
        return one_grey and self.colour < GREY

    @property
    def sharp(self) -> float:
        """Return the share of blocks that may be writing."""
        return float((self.spread > SHARP).mean())


def screen(picture: Picture) -> Screen:
    """Return a picture prepared for comparisons."""
    height, width = picture.size
    scale = min(1.0, LONG_SIDE / max(height, width))
    rows, columns = (max(round(side * scale) // BLOCK, 1) * BLOCK for side in (height, width))
    rgb = picture.scaled((rows, columns), "area")
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    levels = grey.astype(np.float32)
    mean = _means(levels)
    spread = np.sqrt(np.maximum(_means(levels * levels) - mean * mean, 0))
    return Screen(grey, spread, float(np.ptp(rgb.mean((0, 1)))))


def _means(levels: Floats) -> Floats:
    size = levels.shape[1] // BLOCK, levels.shape[0] // BLOCK
    return np.asarray(cv2.resize(levels, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def changed(now: Screen, then: Screen, opened: Screen) -> float:
    """Return the share of blocks in which a screen shows other writing; 0 for what is no screen.

    A block counts that was still since the frame before: what moves, as a face in a corner, or fades is not
    writing yet.

    Args:
        now: A picture.
        then: The frame before it.
        opened: The screen that it is held to; all of one size.
    """
    if min(now.flat, opened.flat) < LEAST_FLAT:
        return 0.0
    apart = _apart(now, opened)
    if float((apart < STILL).mean()) < LEAST_STILL:
        return 0.0
    settled = _apart(now, then) < STILL
    return float(((apart > CHANGED) & settled & (now.spread > SHARP)).mean())


def _apart(one: Screen, other: Screen) -> Floats:
    return _means(cv2.absdiff(one.grey, other.grey).astype(np.float32))


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a frame.

    Attributes:
        began: Whether a screen began at the frame before it.
        writing: Share of its blocks that may be writing.
        blank: Whether it shows nothing.
    """

    began: bool
    writing: float
    blank: bool


class Screens:
    """Tells frame by frame where a screen begins; each is held to the last one that did."""

    def __init__(self, reader: Reader | None = None) -> None:
        """Start without a frame.

        Args:
            reader: Reads words, so that a single new one is enough; None to judge by pixels alone.
        """
        self._reader = reader
        self._before: Screen | None = None
        self._opened: Screen | None = None
        self._words: Counter[str] = Counter()

    def next(self, picture: Picture) -> Told:
        """Return what is told of the next frame."""
        now = screen(picture)
        return Told(self._began(now, picture), now.sharp, now.blank)

    def _began(self, now: Screen, picture: Picture) -> bool:
        before, self._before = self._before, now
        if before is None or self._opened is None:
            self._opened, self._words = now, self._read(picture)
            return False
        share = changed(now, before, self._opened)
        words = self._read(picture) if share >= FEW_BLOCKS else Counter()
        if share < SOME_BLOCKS and not words - self._words:
            return False
        self._opened, self._words = now, words
        return True

    def _read(self, picture: Picture) -> Counter[str]:
        return Counter() if self._reader is None else self._reader.words(picture.rgb())
