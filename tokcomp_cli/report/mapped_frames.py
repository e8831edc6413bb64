"""Frames with their keep-map drawn over them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.encoders.geometry import Placement, place

Pixels = npt.NDArray[np.uint8]
DIMMED, OUTSIDE = 0.28, 0.5
LINE, CASING = 255, 0


def mapped(pixels: Pixels, found: KeepMap, encoder: EncoderFacts) -> Pixels:
    """Return a frame whose tokens are outlined, whose pruned patches are dark, and whose rest is dimmed.

    Args:
        pixels: The whole frame, uint8, (H, W, 3).
        found: Which token each patch has.
        encoder: Says which part of the frame the grid lies over.
    """
    height, width = pixels.shape[:2]
    down, across = edges((height, width), found.grid, encoder)
    shown = pixels.astype(np.float32)
    seen = np.zeros((height, width), dtype=bool)
    seen[max(down[0], 0) : max(down[-1], 0), max(across[0], 0) : max(across[-1], 0)] = True
    shown[~seen] *= OUTSIDE
    owner = np.array(found.owner).reshape(found.grid)
    for row, column in np.argwhere(owner < 0):
        shown[down[row] : down[row + 1], across[column] : across[column + 1]] *= DIMMED
    drawn = shown.round().astype(np.uint8)
    thick = max(1, round(min(height, width) / 360))
    _borders(drawn, owner, down, across, thick)
    return drawn


def edges(size: tuple[int, int], grid: tuple[int, int], encoder: EncoderFacts) -> tuple[list[int], list[int]]:
    """Return where the rows and columns of the grid begin and end in a frame's own pixels, clipped to it."""
    spot = place(size, encoder.input_size, encoder.fit)
    return _axis(spot, size, grid, encoder, vertical=True), _axis(spot, size, grid, encoder, vertical=False)


def _axis(
    spot: Placement, size: tuple[int, int], grid: tuple[int, int], encoder: EncoderFacts, *, vertical: bool
) -> list[int]:
    side = 1 if vertical else 0
    count, most = grid[0 if vertical else 1], size[0 if vertical else 1]
    whole = encoder.input_size[0 if vertical else 1]
    begin, end = spot.source[side], spot.source[side + 2]
    first, last = spot.target[side], spot.target[side + 2]
    scale = (end - begin) / max(last - first, 1)
    places = [begin + (number * whole / count - first) * scale for number in range(count + 1)]
    return [min(max(round(at), 0), most) for at in places]


def _borders(
    drawn: Pixels, owner: npt.NDArray[np.int64], down: Sequence[int], across: Sequence[int], thick: int
) -> None:
    """Draw white lines with a dark rim between patches of different tokens."""
    for level, half in ((CASING, thick + 1), (LINE, thick)):
        before, after = half // 2 + (level == CASING), half - half // 2
        for row, column in np.argwhere(owner[:, 1:] != owner[:, :-1]):
            at = across[column + 1]
            drawn[down[row] : down[row + 1], max(at - before, 0) : at + after] = level
        for row, column in np.argwhere(owner[1:] != owner[:-1]):
            at = down[row + 1]
            drawn[max(at - before, 0) : at + after, across[column] : across[column + 1]] = level
