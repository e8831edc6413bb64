"""A keep-map on a terminal: a picture where it shows them, else half blocks; else a sentence."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol, TextIO

import numpy as np
import numpy.typing as npt
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style

from tokcomp_cli.errors import TokcompError
from tokcomp_cli.render.console.layout import INDENT, QUIET, words

Pixels = npt.NDArray[np.uint8]
WIDEST = 72  # columns of a picture


class MapPictures(Protocol):
    """Draws a keep-map over its picture, uint8, (H, W, 3); TokcompError where the file cannot be read."""

    def large(self) -> Pixels:
        """Return it at the picture's own size, or at what a screen shows of it."""
        ...

    def small(self, columns: int) -> Pixels:
        """Return it with at most so many pixels across, and an even number down."""
        ...


@dataclass(frozen=True, slots=True)
class TerminalMap:
    """A keep-map as its terminal can show it; it is drawn only then."""

    pictures: MapPictures

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the drawing and what it means, or a sentence that says what draws it."""
        if console.color_system not in {"256", "truecolor"} or not options.encoding.startswith("utf"):
            yield _said("not drawn without colour; tokcomp overlay or --html draws it")
            return
        try:
            yield self._drawing(console)
        except TokcompError:
            yield _said("not drawn: the file cannot be read any more")
            return
        yield _said("white lines part tokens, dark patches are pruned")

    def _drawing(self, console: Console) -> RenderableType:
        show = _shows_pictures(console)
        if show is not None:
            return show(self.pictures.large())
        return HalfBlocks(self.pictures.small(console.width - 2 * INDENT))


def _said(text: str) -> RenderableType:
    return words((" " * INDENT + text, QUIET))


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
    columns = min(console.width - 2 * INDENT, WIDEST)
    return lambda pixels: Shown(Image.fromarray(pixels), width=columns, height="auto")


def _is_terminal(end: TextIO | None) -> bool:
    """Return whether a stream is a terminal that knows its size: the library divides by it."""
    try:
        return end is not None and end.isatty() and min(os.get_terminal_size(end.fileno())) > 0
    except (OSError, ValueError):  # closed
        return False
