"""The salient regions of a picture as a small map of characters."""

from tokcomp_cli.core.results.difficulty import RegionMap
from tokcomp_cli.render.bars import QUIET, STRONG, Line

MOST_ROWS = 16
BACKGROUND = "."
LABELS = "123456789abcdefghijklmnopqrstuvwxyz"


def region_lines(found: RegionMap) -> tuple[Line, ...]:
    """Return one line a row of patches, each region with a digit or letter of its own, a dot for background.

    A cell is two characters wide, so that it looks about square; of large grids every k-th patch is drawn.
    """
    rows, columns = found.grid
    every = -(-rows // MOST_ROWS)
    grid = [found.region[row * columns : (row + 1) * columns : every] for row in range(0, rows, every)]
    return tuple(tuple(_cell(region) for region in row) for row in grid)


def _cell(region: int) -> tuple[str, str]:
    if not region:
        return (BACKGROUND + " ", QUIET)
    return (LABELS[(region - 1) % len(LABELS)] + " ", STRONG)
