"""Which cells a grid has, and how many tokens the cells of each tier keep."""

import re
from collections.abc import Sequence

from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.core.tier import Tier
from tokcomp_cli.errors import PlanError

NOTE_CELLS, NOTE_PATCHES = 72, 8
NOTE_TIERS = ((20, 8), (30, 3))
"""The reference note's tiers on 576 patches; the cells that are left keep one token each."""
CELLS = ((2, 4), (2, 2))


def parse_tiers(text: str) -> tuple[Tier, ...]:
    """Return the tiers that `20x8,30x3,22x1` stands for: cells x tokens a cell, the most relevant first.

    Raises:
        PlanError: Another form, none of something, or less relevant cells that keep more.
    """
    tiers = []
    for part in text.lower().replace("×", "x").split(","):
        match = re.fullmatch(r"\s*(\d{1,9})x(\d{1,9})\s*", part)
        if not match:
            raise PlanError(f"`tiers` takes cells x tokens a cell, as 20x8,30x3,22x1; got {text!r}")
        tiers.append(Tier(int(match[1]), int(match[2])))
    if any(tier.cells < 1 or tier.tokens_per_cell < 1 for tier in tiers):
        raise PlanError(f"`tiers` takes at least one cell and one token a cell in each tier; got {text!r}")
    kept = [tier.tokens_per_cell for tier in tiers]
    if kept != sorted(kept, reverse=True):
        raise PlanError(
            f"`tiers` goes from the most relevant cells to the least, so tokens cannot rise; got {text!r}"
        )
    return tuple(tiers)


def fit_tiers(
    grid: tuple[int, int], asked: Sequence[Tier] | None
) -> tuple[tuple[int, int], tuple[Tier, ...]]:
    """Return rows and columns of a cell, and the tiers for a grid.

    Args:
        grid: Rows and columns of patches.
        asked: The user's own tiers, or None for the note's shares.

    Raises:
        PlanError: The tiers cannot fit the grid.
    """
    if asked is None:
        cell = default_cell(grid)
        return cell, scaled_tiers(cell_count(grid, cell), cell[0] * cell[1])
    cell = _cell_for(grid, sum(tier.cells for tier in asked))
    patches, most = cell[0] * cell[1], max(tier.tokens_per_cell for tier in asked)
    if most > patches:
        raise PlanError(
            f"`tiers` asks for {most} tokens a cell, and a cell of {_size(cell)} has {patches} patches on "
            f"this grid of {_size(grid)}; ask for at most {patches}"
        )
    return cell, tuple(asked)


def default_cell(grid: tuple[int, int]) -> tuple[int, int]:
    """Return rows and columns of a cell: 2 x 4 patches where they tile the grid, else 2 x 2.

    Where a side is odd, the last cells of it hold fewer patches.
    """
    fitting = (cell for cell in CELLS if not (grid[0] % cell[0] or grid[1] % cell[1]))
    return next(fitting, CELLS[-1])


def cell_count(grid: tuple[int, int], cell: tuple[int, int]) -> int:
    """Return how many cells a grid has."""
    return -(-grid[0] // cell[0]) * -(-grid[1] // cell[1])


def scaled_tiers(cells: int, patches: int) -> tuple[Tier, ...]:
    """Return the note's shares for so many cells of so many patches.

    576 patches in 72 cells of 8 give 20 x 8, 30 x 3, 22 x 1; 196 in 49 of 4 give 14 x 4, 20 x 2, 15 x 1.
    """
    tiers, left = [], cells
    for count, kept in NOTE_TIERS:
        here = min(half_up(count / NOTE_CELLS * cells), left)
        left -= here
        tiers.append(Tier(here, half_up(kept / NOTE_PATCHES * patches)))
    return tuple(tier for tier in (*tiers, Tier(left, 1)) if tier.cells)


def _cell_for(grid: tuple[int, int], cells: int) -> tuple[int, int]:
    """Return the squarest cell of which so many tile a grid, the wider of two."""
    rows, columns = grid
    shapes = [
        (tall, wide)
        for tall in range(1, rows + 1)
        for wide in range(1, columns + 1)
        if not (rows % tall or columns % wide) and rows // tall * (columns // wide) == cells
    ]
    if not shapes:
        usual = default_cell(grid)
        raise PlanError(
            f"`tiers` names {cells} cells, which do not tile this encoder's grid of {_size(grid)} patches; "
            f"with cells of {_size(usual)} it has {cell_count(grid, usual)}"
        )
    return min(shapes, key=lambda cell: (max(cell) / min(cell), cell[0]))


def _size(sides: tuple[int, int]) -> str:
    return f"{sides[0]}×{sides[1]}"
