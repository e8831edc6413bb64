"""Formulas of open models that cut a picture into tiles, most of them with the whole picture beside."""

import math
from dataclasses import dataclass

from tokcomp_cli.cost.resized import whole_patches
from tokcomp_cli.cost.seen import Seen

Grid = tuple[int, int]


def closest_grid(width: int, height: int, grids: list[Grid], tile: int) -> Grid:
    """Return the grid (across, down) whose aspect ratio is nearest to the picture's.

    Of equally near ones a larger one is taken while the picture has over half its pixels.

    Args:
        width: In pixels.
        height: In pixels.
        grids: By number of tiles, rising.
        tile: Side of a tile, in pixels.
    """
    nearest, best = math.inf, grids[0]
    for across, down in grids:
        distance = abs(width / height - across / down)
        enough = width * height > 0.5 * tile**2 * across * down
        if distance < nearest or (distance == nearest and enough):
            nearest, best = distance, (across, down)
    return best


def grids_of(least: int, most: int) -> list[Grid]:
    """Return the grids with so many tiles, the smaller first."""
    sides = range(1, most + 1)
    found = [(across, down) for across in sides for down in sides if least <= across * down <= most]
    return sorted(found, key=math.prod)


@dataclass(frozen=True, slots=True)
class AspectTiles:
    """Tiles in the grid of the nearest aspect ratio, the whole picture beside more than one (InternVL).

    Attributes:
        per_tile: Tokens of each tile.
        tile: Side of a tile, in pixels.
        max_tiles: Most tiles, the whole picture left out.
    """

    per_tile: int
    tile: int
    max_tiles: int

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost."""
        return _beside_whole(*closest_grid(width, height, grids_of(1, self.max_tiles), self.tile), self)


@dataclass(frozen=True, slots=True)
class LongSideTiles:
    """The long side brought to a length, up or down, sides filled up to tiles, the whole beside (SmolVLM).

    Attributes:
        per_tile: Tokens of each tile.
        tile: Side of a tile, in pixels.
        long_side: What the long side becomes, in pixels.
    """

    per_tile: int
    tile: int
    long_side: int

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost."""
        ratio = width / height
        if width >= height:
            resized = self.long_side, _even(int(self.long_side / ratio))
        else:
            resized = _even(int(self.long_side * ratio)), self.long_side
        across, down = (-(-side // self.tile) for side in resized)
        return _beside_whole(across, down, self)


def _even(side: int) -> int:
    return max(side + side % 2, 1)


def _beside_whole(across: int, down: int, rule: AspectTiles | LongSideTiles) -> Seen:
    """Return what tiles cost, and the whole picture beside more than one; the picture fills them."""
    size = across * rule.tile, down * rule.tile
    if across * down == 1:
        return Seen(rule.per_tile, f"1 tile × {rule.per_tile}", size)
    how = f"({across}×{down} tiles + 1) × {rule.per_tile}"
    return Seen((across * down + 1) * rule.per_tile, how, size)


@dataclass(frozen=True, slots=True)
class AnyRes:
    """The whole picture and the unpadded grid of tiles with an end to each row, pooled above a cap (LLaVA).

    Attributes:
        side: Patches a side of a tile.
        tile: Side of a tile, in pixels.
        max_side_tiles: Most tiles a side.
        cap_tiles: Tiles' worth of tokens above which the grid is pooled.
    """

    side: int
    tile: int
    max_side_tiles: int
    cap_tiles: int

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost."""
        grid = self._grid(width, height)
        across, down = (self.side * tiles for tiles in grid)
        if width / height > across / down:
            down -= (down - int(round(height * (across / width), 7))) // 2 * 2
        else:
            across -= (across - int(round(width * (down / height), 7))) // 2 * 2
        ratio = math.sqrt(across * down / (self.cap_tiles * self.side**2))
        if ratio > 1.1:
            across, down = int(across // ratio), int(down // ratio)
        tokens = self.side**2 + across * down + down
        scale = min(grid[0] * self.tile / width, grid[1] * self.tile / height)
        size = max(int(width * scale), 1), max(int(height * scale), 1)
        return Seen(tokens, f"{self.side**2} + {across}×{down} grid + {down} row ends", size)

    def _grid(self, width: int, height: int) -> Grid:
        """Return tiles across and down: most of the picture's pixels, then least waste."""

        def kept(grid: Grid) -> tuple[int, int]:
            across, down = (tiles * self.tile for tiles in grid)
            scale = min(across / width, down / height)
            pixels = min(int(width * scale) * int(height * scale), width * height)
            return pixels, pixels - across * down

        sides = range(1, self.max_side_tiles + 1)
        return max(((across, down) for down in sides for across in sides), key=kept)


@dataclass(frozen=True, slots=True)
class PanAndScan:
    """The whole picture, and crops along the long side of one that is not nearly square (Gemma 3's option).

    Attributes:
        per_crop: Tokens of the whole picture and of each crop.
        min_crop: Shortest side of a crop, in pixels.
        max_crops: Most crops.
        min_ratio: Aspect ratio from which there are crops.
        side: Of the square that the picture and each crop are brought to, in pixels; 0 where nobody says.
    """

    per_crop: int
    min_crop: int
    max_crops: int
    min_ratio: float
    side: int = 0

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost."""
        crops = self._crops(max(width, height), min(width, height))
        long_side = max(crops, 1) * self.side
        size = (long_side, self.side) if width >= height else (self.side, long_side)
        how = f"(1 + {crops} crops) × {self.per_crop}"
        return Seen((1 + crops) * self.per_crop, how, size if self.side else None)

    def _crops(self, long_side: int, short_side: int) -> int:
        if long_side / short_side < self.min_ratio:
            return 0
        wanted = min(long_side // self.min_crop, math.floor(long_side / short_side + 0.5))
        crops = min(max(wanted, 2), self.max_crops)
        return 0 if min(math.ceil(long_side / crops), short_side) < self.min_crop else crops


@dataclass(frozen=True, slots=True)
class SplitWhenLarge:
    """One grid of patches for a picture that is not large, else tiles and a small whole picture (LFM2-VL).

    Attributes:
        patch: Side of what becomes one token, in pixels.
        min_tokens: Fewest tokens of an undivided picture.
        max_tokens: Most tokens of an undivided picture.
        tile: Side of a tile, in pixels.
        min_tiles: Fewest tiles of a divided picture.
        max_tiles: Most tiles.
        tolerance: A picture is large above so many times `max_tokens`.
    """

    patch: int
    min_tokens: int
    max_tokens: int
    tile: int
    min_tiles: int
    max_tiles: int
    tolerance: float

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost."""
        area = self.patch**2
        bounds = self.min_tokens * area, self.max_tokens * area
        wide, high = whole_patches(width, height, self.patch, *bounds, least=1)
        whole = wide * high
        # The processor's own test counts a side of no patch as half a patch.
        sides = (max(round(side / self.patch), 0.5) for side in (width, height))
        if math.prod(sides) <= self.max_tokens * self.tolerance:
            size = wide * self.patch, high * self.patch
            return Seen(whole, f"1 picture of {whole} patches of {self.patch} px", size)
        across, down = closest_grid(width, height, grids_of(self.min_tiles, self.max_tiles), self.tile)
        per_tile = (self.tile // self.patch) ** 2
        size = across * self.tile, down * self.tile
        return Seen(across * down * per_tile + whole, f"{across}×{down} tiles × {per_tile} + {whole}", size)
