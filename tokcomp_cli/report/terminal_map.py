"""The keep-map on a terminal: a picture where it shows them, else half blocks; else a sentence."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TextIO

import numpy as np
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.errors import TokcompError
from tokcomp_cli.media.open import open_media
from tokcomp_cli.render.console.layout import INDENT, QUIET, Page, Section, words
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
    return Section("Keep-map", when, picture=TerminalMap(analysis))


@dataclass(frozen=True, slots=True)
class TerminalMap:
    """A keep-map as its terminal can show it; the file is read when it is drawn."""

    analysis: Analysis

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the drawing and what it means, or a sentence that says what draws it."""
        if console.color_system not in {"256", "truecolor"} or not options.encoding.startswith("utf"):
            yield self._said("not drawn without colour; tokcomp overlay or --html draws it")
            return
        try:
            drawing = self._drawing(console)
        except TokcompError:
            yield self._said("not drawn: the file cannot be read any more")
            return
        yield drawing
        yield self._said("white lines part tokens, dark patches are pruned")

    def _said(self, text: str) -> RenderableType:
        return words((" " * INDENT + text, QUIET))

    def _drawing(self, console: Console) -> RenderableType:
        with closing(open_media(self.analysis.media.path)) as media:
            picture, found = weakest_frame(media, self.analysis)
        encoder, show = self.analysis.encoder, _shows_pictures(console)
        if show is not None:
            return show(mapped(picture.scaled(_within(picture.size, LONG_SIDE)), found, encoder))
        small = picture.scaled(_size(picture.size, console.width - 2 * INDENT), "area")
        return HalfBlocks(small_map(small, found, encoder))


@dataclass(frozen=True, slots=True)
class HalfBlocks:
    """Pixels, two in a character."""

    pixels: Pixels

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Yield them, upper in the colour of the character, lower in that of its ground."""
        for upper, lower in zip(self.pixels[::2], self.pixels[1::2], strict=True):
            yield Segment(" " * INDENT)
            for above, below in zip(upper.tolist(), lower.tolist(), strict=True):
                yield Segment("▀", Style.parse("rgb({},{},{}) on rgb({},{},{})".format(*above, *below)))
            yield Segment.line()


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


def _shows_pictures(console: Console) -> Callable[[Pixels], RenderableType] | None:
    """Return what shows a picture on a terminal that can (Kitty, Sixel), or None.

    The extra `terminal` asks the terminal when it is imported, so both ends have to be one.
    """
    here = console.is_terminal and console.file in {sys.stdout, sys.__stdout__}
    here = here and _is_terminal(sys.__stdin__) and _is_terminal(sys.__stdout__)
    if not here or find_spec("textual_image") is None:
        return None
    from PIL import Image
    from textual_image.renderable import Image as Shown
    from textual_image.renderable import SixelImage, TGPImage

    if Shown not in {SixelImage, TGPImage}:
        return None
    columns = min(console.width - 2 * INDENT, 72)
    return lambda pixels: Shown(Image.fromarray(pixels), width=columns, height="auto")


def _is_terminal(end: TextIO | None) -> bool:
    """Return whether a stream is a terminal that knows its size: the library divides by it."""
    try:
        return end is not None and end.isatty() and min(os.get_terminal_size(end.fileno())) > 0
    except (OSError, ValueError):  # closed
        return False
