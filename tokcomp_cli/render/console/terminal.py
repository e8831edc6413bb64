"""Pages, tables and failures to a terminal or a pipe."""

import os
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.analysis import Failure
from tokcomp_cli.render.console.layout import QUIET, STRONG, Page, Part, Section, words
from tokcomp_cli.render.console.table import FittedTable

PIPED_WIDTH = 100
LEAST_WIDTH = 20
WIDEST = 160


def make_console(*, stderr: bool = False, quiet: bool = False, file: TextIO | None = None) -> Console:
    """Return a console that honours NO_COLOR, and COLUMNS (else 100) where the stream is no terminal.

    Args:
        stderr: Write to standard error.
        quiet: Write nothing at all.
        file: Write here in place of a standard stream.
    """
    console = Console(stderr=stderr, quiet=quiet, file=file, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        columns = os.environ.get("COLUMNS", "")
        console.width = int(columns) if columns.isdecimal() and int(columns) > 0 else PIPED_WIDTH
    console.width = max(console.width, LEAST_WIDTH)
    return console


def print_page(page: Page, console: Console | None = None) -> None:
    """Print the sections of a page, a blank line between them."""
    console = console or make_console()
    for number, section in enumerate(page):
        if number:
            console.print()
        _show(section, console)
        if isinstance(section, Section) and section.quoted:
            _show_unwrapped(((section.quoted, QUIET),), console)
        if isinstance(section, Section) and section.picture is not None:
            console.print(section.picture)


def print_failure(failure: Failure, console: Console) -> None:
    """Print one line for an input that could not be done."""
    named = printable(failure.path) in printable(failure.message)
    where: tuple[Part, ...] = () if named else ((f"{failure.path}: ", STRONG),)
    _show_unwrapped((("error: ", "bold red"), *where, failure.message), console)


def print_table(
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    console: Console | None = None,
    *,
    title: str = "",
) -> None:
    """Print a plain table; long texts wrap within their column.

    Args:
        headers: One a column; all empty for a table without a head.
        rows: Values, one a column; a list is joined by commas, None is a dash.
        console: Where to; None for standard output.
        title: A line above it.
    """
    console = console or make_console()
    if title:
        _show_unwrapped(((title, STRONG),), console)
    _show(FittedTable(headers, [[_said(value) for value in row] for row in rows]), console)


def _show_unwrapped(parts: tuple[Part, ...], console: Console) -> None:
    console.print(words(*parts).text(console.encoding), soft_wrap=True)


def _show(renderable: RenderableType, console: Console) -> None:
    """Print without the blanks that a layout leaves at the ends of lines."""
    width = min(console.width, WIDEST)
    for row in console.render_lines(renderable, console.options.update(width=width), pad=False):
        while row and not row[-1].text.strip():
            row.pop()
        if row:
            row[-1] = Segment(row[-1].text.rstrip(), row[-1].style)
        console.print(Segments([*row, Segment.line()]), end="")


def _said(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
