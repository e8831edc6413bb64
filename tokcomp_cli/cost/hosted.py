"""Formulas of models behind an API, as their vendors publish them. Pure arithmetic on width and height."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from tokcomp_cli.cost.seen import Seen


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same for every size.

    Attributes:
        tokens: Of every picture.
        side: Of the square that a picture is brought to, in pixels; 0 where nobody says.
        fit: Whether the square is filled, the aspect ratio given up, or the picture is put into it.
    """

    tokens: int
    side: int = 0
    fit: Literal["squash", "inside"] = "squash"

    def picture(self, width: int, height: int) -> Seen:
        """Return the fixed count."""
        size = (self.side, self.side) if self.fit == "squash" else within(width, height, self.side)
        return Seen(self.tokens, "fixed, whatever the size", size if self.side else None)


def within(width: int, height: int, side: int) -> tuple[int, int]:
    """Return the size of a picture whose long side is brought to a length."""
    return tuple(max(round(one * side / max(width, height)), 1) for one in (width, height))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class BaseAndTiles:
    """A base and an amount a tile, after the picture was fitted into a square and its short side bounded.

    Attributes:
        base: Tokens of every picture.
        per_tile: Tokens of each tile.
        tile: Side of a tile, in pixels.
        fit: Side of the square that the picture is made to fit into.
        short_side: Longest that the short side may then be.
    """

    base: int
    per_tile: int
    tile: int
    fit: int
    short_side: int

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost; pictures are never enlarged, and resized sides are cut to whole pixels."""
        scale = min(Fraction(1), Fraction(self.fit, max(width, height)))
        scale = min(scale, Fraction(self.short_side, min(width, height)))
        wide, high = (max(int(side * scale), 1) for side in (width, height))
        across, down = (-(-side // self.tile) for side in (wide, high))
        how = f"{self.base} + {self.per_tile} × {across}×{down} tiles of {self.tile} px"
        return Seen(self.base + self.per_tile * across * down, how, (wide, high))


@dataclass(frozen=True, slots=True)
class CappedPatches:
    """Patches times a factor; above the cap the picture shrinks until one side is whole patches.

    Attributes:
        patch: Side of a patch, in pixels.
        max_patches: Most patches.
        factor: Tokens a patch; the product is rounded up.
    """

    patch: int
    max_patches: int
    factor: float

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost."""
        across, down = -(-width // self.patch), -(-height // self.patch)
        size = width, height
        if across * down > self.max_patches:
            across, down = self._shrunk(width, height)
            scale = min(across * self.patch / width, down * self.patch / height)
            size = max(int(width * scale), 1), max(int(height * scale), 1)
        tokens = math.ceil(round(across * down * self.factor, 6))
        times = "" if self.factor == 1 else f" × {self.factor:g}"
        return Seen(tokens, f"{across}×{down} patches of {self.patch} px{times}", size)

    def _shrunk(self, width: int, height: int) -> tuple[int, int]:
        """Return patches across and down of the largest size whose one side is a whole number of them."""
        scale = math.sqrt(self.patch**2 * self.max_patches / (width * height))
        sides = [side * scale / self.patch for side in (width, height)]
        scale = min(max(math.floor(side), 1) / side for side in sides)
        across, down = (max(math.ceil(round(side * scale, 6)), 1) for side in sides)
        return min(across, self.max_patches), min(down, self.max_patches)


@dataclass(frozen=True, slots=True)
class LargestThatFits:
    """Patches of the largest size, aspect ratio kept, whose long side and whose count are within bounds.

    Attributes:
        patch: Side of a patch, in pixels.
        max_side: Longest side, in pixels.
        max_tokens: Most patches.
    """

    patch: int
    max_side: int
    max_tokens: int

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost."""
        low, high = 1, min(max(width, height), self.max_side)
        while low < high:  # the count never falls as the long side grows
            middle = (low + high + 1) // 2
            across, down = self._patches(width, height, middle)
            low, high = (middle, high) if across * down <= self.max_tokens else (low, middle - 1)
        across, down = self._patches(width, height, low)
        size = within(width, height, low)
        return Seen(across * down, f"{across}×{down} patches of {self.patch} px", size)

    def _patches(self, width: int, height: int, long_side: int) -> tuple[int, int]:
        scale = Fraction(long_side, max(width, height))
        across, down = (
            -(-max(int(side * scale + Fraction(1, 2)), 1) // self.patch) for side in (width, height)
        )
        return across, down


@dataclass(frozen=True, slots=True)
class CroppedTiles:
    """One tile for a small picture, else crops whose side follows the short side of the picture.

    Attributes:
        per_tile: Tokens of each tile.
        small: Longest side of a picture that is one tile, in pixels.
        least: Shortest side of a crop.
        most: Longest side of a crop.
        divisor: Short side of the picture ÷ side of a crop.
    """

    per_tile: int
    small: int
    least: int
    most: int
    divisor: float

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost."""
        across = down = 1  # no crop is larger than a tile, so that nothing is reduced
        if max(width, height) > self.small:
            side = min(max(math.floor(min(width, height) / self.divisor), self.least), self.most)
            across, down = -(-width // side), -(-height // side)
        how = f"{across}×{down} tiles × {self.per_tile}"
        return Seen(self.per_tile * across * down, how, (width, height))
