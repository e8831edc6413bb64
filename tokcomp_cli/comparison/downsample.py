"""Downsample, the control that beats many papers: encode a smaller picture."""

import time

import torch
from torch import Tensor

from tokcomp_cli.comparison.inputs import ComparisonInput
from tokcomp_cli.comparison.run_method import Outcome, fixed
from tokcomp_cli.core.origin import merge_mean
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.encoders.base import Encoder, Resizable
from tokcomp_cli.errors import EncoderError, PlanError
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.spatial import carry

BATCH = 4


def downsampled(given: ComparisonInput) -> tuple[Outcome, Outcome]:
    """Return what encoding smaller pictures gives, at the nearest grids below and above the asked count.

    A smaller picture has fewer patches, each of which stands for the cells of the full grid that it
    covers. The picture is shrunk from the encoder's input, and a merged frame's tokens are the mean of
    its frames'. The time is that of encoding.

    Raises:
        PlanError: There are no pictures.
        TokcompError: The encoder cannot see smaller ones.
    """
    if given.encoder is None or given.video.pictures is None:
        raise PlanError("downsample needs the pictures, and here are only their tokens")
    shrunk: dict[tuple[int, int], tuple[Tensor, float]] = {}
    below = [around(given.facts.grid, count)[0] for count in given.counts]
    above = [around(given.facts.grid, count)[1] for count in given.counts]
    for grid in sorted({*below, *above}):
        shrunk[grid] = _encoded_at(given, given.encoder, grid)
    outcomes = []
    for grids in (below, above):
        groups = [_covering(given, index, shrunk[grid][0], grid) for index, grid in enumerate(grids)]
        outcomes.append(Outcome(tuple(groups), sum(shrunk[grid][1] for grid in set(grids))))
    return outcomes[0], outcomes[1]


def around(grid: tuple[int, int], count: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the grids of nearly the same proportions with the nearest counts below and above.

    Args:
        grid: Rows and columns of the full grid.
        count: 1 to rows x columns.
    """
    rows, columns = grid
    longest = max(rows, columns)
    scaled = [
        (half_up(rows * side / longest), half_up(columns * side / longest)) for side in range(1, longest + 1)
    ]
    below = [one for one in scaled if one[0] * one[1] <= count]
    above = [one for one in scaled if one[0] * one[1] >= count]
    return (below[-1] if below else (1, 1)), above[0]


def _encoded_at(given: ComparisonInput, encoder: Encoder, grid: tuple[int, int]) -> tuple[Tensor, float]:
    """Return the content of every frame on a smaller grid, (T, r x c, D), and the milliseconds."""
    if grid == given.facts.grid:
        return given.video.whole - given.blank, 0.0
    small = at_grid(encoder, grid)
    pictures = given.video.pictures
    if pictures is None:
        raise PlanError("downsample needs the pictures, and here are only their tokens")
    blank = small.blank
    start = time.perf_counter()
    parts = [small.encode(pictures[at : at + BATCH]).features for at in range(0, len(pictures), BATCH)]
    return torch.cat(parts) - blank, (time.perf_counter() - start) * 1000


def at_grid(encoder: Encoder, grid: tuple[int, int]) -> Encoder:
    """Return the encoder for pictures that give a smaller grid.

    Raises:
        EncoderError: It has one input size only.
    """
    if not isinstance(encoder, Resizable):
        raise EncoderError(f"downsample needs smaller pictures, and {encoder.facts.name} takes one size only")
    return encoder.at_grid(grid)


def _covering(given: ComparisonInput, index: int, content: Tensor, grid: tuple[int, int]) -> MergedFrame:
    """Return a merged frame whose tokens are those of smaller pictures.

    Args:
        given: The input.
        index: Of the merged frame.
        content: Content of every frame on the smaller grid, (T, r x c, D).
        grid: Rows and columns of it.
    """
    group, whole = given.groups[index], given.grids[index]
    (rows, columns), (new_rows, new_columns) = given.facts.grid, grid
    row, column = whole.position[:, 1], whole.position[:, 2]
    owner = row * new_rows // rows * new_columns + column * new_columns // columns
    mean = content[group.first : group.first + group.owned].mean(0)
    blank, _ = merge_mean(given.blank, torch.ones_like(owner), owner, len(mean))
    return fixed(given, group, carry(whole, mean + blank, owner), owner)
