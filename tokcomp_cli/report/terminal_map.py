"""The keep-map of a file, drawn for a terminal."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import Picture
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.media.open import open_media
from tokcomp_cli.render.console.keep_map.terminal_map import TerminalMap
from tokcomp_cli.render.console.layout import Page, Section
from tokcomp_cli.render.units import seconds
from tokcomp_cli.report.mapped_frames import DIMMED, Pixels, edges, mapped
from tokcomp_cli.report.overlay import weakest_frame

MOST_ROWS, LONG_SIDE = 24, 960
LEAST_PATCH = 2.5  # pixels of a patch below which lines would cover it
OUTSIDE_OWNER = -2
LINE = 0.6  # how much of a line is white


def with_keep_map(page: Callable[[Analysis], Page]) -> Callable[[Analysis], Page]:
    """Return a page of one file with its keep-map behind the first section."""

    def made(analysis: Analysis) -> Page:
        first, *rest = page(analysis)
        return [first, keep_map_section(analysis), *rest]

    return made


def keep_map_section(analysis: Analysis) -> Section:
    """Return the keep-map of a picture, or of the weakest moment of a video."""
    weakest = analysis.weakest
    moment = None if weakest is None else weakest.seconds
    when = "" if moment is None else f"at the weakest moment, {seconds(moment)}"
    return Section("Keep-map", when, picture=TerminalMap(FileMap(analysis)))


@dataclass(frozen=True, slots=True)
class FileMap:
    """Draws the keep-map over the picture; the file is read when it is asked for."""

    analysis: Analysis

    def large(self) -> Pixels:
        """Return it as large as a screen shows it."""
        picture, found = self._read()
        return mapped(picture.scaled(_within(picture.size, LONG_SIDE)), found, self.analysis.encoder)

    def small(self, columns: int) -> Pixels:
        """Return it one column wide a pixel, at most `MOST_ROWS` rows of two high."""
        picture, found = self._read()
        return small_map(picture.scaled(_size(picture.size, columns), "area"), found, self.analysis.encoder)

    def _read(self) -> tuple[Picture, KeepMap]:
        with closing(open_media(self.analysis.media.path)) as media:
            return weakest_frame(media, self.analysis)


def small_map(small: Pixels, found: KeepMap, encoder: EncoderFacts) -> Pixels:
    """Return a keep-map of few pixels: lines part tokens; what has none is dark.

    Where patches are too small for lines, each token has the mean colour of its patches.

    Args:
        small: The whole frame, uint8, (H, W, 3).
        found: Which token each patch has.
        encoder: Says which part of the frame the grid lies over.
    """
    (height, width), (rows, columns) = small.shape[:2], found.grid
    down, across = edges((height, width), found.grid, encoder)
    row = np.searchsorted(down, np.arange(height), side="right") - 1
    column = np.searchsorted(across, np.arange(width), side="right") - 1
    outside = ((row < 0) | (row >= rows))[:, None] | ((column < 0) | (column >= columns))
    places = row.clip(0, rows - 1)[:, None] * columns + column.clip(0, columns - 1)
    owner = np.where(outside, OUTSIDE_OWNER, np.array(found.owner)[places])
    drawn = small.astype(np.float32)
    lines = min((down[-1] - down[0]) / rows, (across[-1] - across[0]) / columns) >= LEAST_PATCH
    for token in () if lines else np.unique(owner[owner >= 0]):
        drawn[owner == token] = drawn[owner == token].mean(axis=0)
    drawn[owner < 0] *= DIMMED
    if lines:
        border = np.zeros((height, width), dtype=bool)
        border[:, 1:] |= owner[:, 1:] != owner[:, :-1]
        border[1:] |= owner[1:] != owner[:-1]
        drawn[border] = drawn[border] * (1 - LINE) + 255 * LINE
    return drawn.round().astype(np.uint8)


def _size(size: tuple[int, int], columns: int) -> tuple[int, int]:
    """Return height and width in pixels, one column wide each, that fit the columns and `MOST_ROWS` rows."""
    height, width = size
    scale = min(columns / width, 2 * MOST_ROWS / height)
    return 2 * max(round(height * scale / 2), 1), max(round(width * scale), 1)


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
