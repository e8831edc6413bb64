"""Average pooling of grid neighbours."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.merging import merged
from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.core.tokens import Compressed, TokenSet

MAX_STRETCH = 2.0


def pooled_grid(grid: tuple[int, int], num_keep: int) -> tuple[int, int]:
    """Return the largest grid of at most `num_keep` cells that stretches neither side more than twice.

    14 x 14 to 98 gives 14 x 7, to 49 gives 7 x 7. Equal counts go to the squarer cells, then to more rows.

    Args:
        grid: Rows and columns.
        num_keep: Upper bound, at least 1.
    """
    rows, columns = grid
    best = (1, 1)
    best_rank = (1, 0.0, 1)
    for new_rows in range(1, min(rows, num_keep) + 1):
        for new_columns in range(1, min(columns, num_keep // new_rows) + 1):
            stretch = (rows / new_rows) / (columns / new_columns)
            rank = (new_rows * new_columns, -max(stretch, 1 / stretch), new_rows)
            if rank[1] >= -MAX_STRETCH and rank > best_rank:
                best, best_rank = (new_rows, new_columns), rank
    return best


def pooled_cells(grid: tuple[int, int], num_keep: int) -> Tensor:
    """Return the cell of each patch on the coarser grid, on the CPU, int64, (P,).

    Args:
        grid: Rows and columns.
        num_keep: Upper bound of the cells, at least 1.
    """
    (rows, columns), (new_rows, new_columns) = grid, pooled_grid(grid, num_keep)
    patch = torch.arange(rows * columns, device="cpu")
    return patch // columns * new_rows // rows * new_columns + patch % columns * new_columns // columns


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return the mean of each cell of a coarser grid."""
    row, column = tokens.position[:, 1], tokens.position[:, 2]
    return merged(tokens, pooled_cells((int(row.max()) + 1, int(column.max()) + 1), num_keep))


METHOD = Method(
    name="pool",
    stage="spatial",
    rule="average the cells of a coarser grid; lands on the nearest grid below the asked count",
    paper="the reference note's ViT pooling; a control",
    compress=compress,
    needs_grid=True,
    any_count=False,
)
