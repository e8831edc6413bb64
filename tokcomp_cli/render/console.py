"""The terminal pages, laid out; the only file of `render` that knows Rich.

Text reaches the terminal as `Text` objects alone, made printable and fit for the stream's encoding, so
no name, query or message is ever read as markup.
"""

import os
from collections.abc import Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.analysis import Analysis, Failure
from tokcomp_cli.render.bars import PLAIN, QUIET, STRONG, Bar, Cell, Grid, Line, bar, encodable
from tokcomp_cli.render.page import analysis_page, budget_page
from tokcomp_cli.render.section import Page, Section

PIPED_WIDTH = 100
LEAST_WIDTH = 20
WIDEST = 160
INDENT = 2
_TITLE = "bold cyan"
_LONGEST_BAR = 48
_NARROW_BAR = 12


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


def print_analysis(analysis: Analysis, console: Console) -> None:
    """Print the page of `tokcomp analyze`."""
    _print(analysis_page(analysis, _width(console) - INDENT), console)


def print_budget(analysis: Analysis, console: Console) -> None:
    """Print the page of `tokcomp budget`."""
    _print(budget_page(analysis, _width(console) - INDENT), console)


def print_page(page: Page, console: Console) -> None:
    """Print a page that another file laid out."""
    _print(page, console)


def print_failure(failure: Failure, console: Console) -> None:
    """Print one line for an input that could not be done."""
    named = printable(failure.path) in printable(failure.message)
    where: Line = () if named else ((f"{failure.path}: ", STRONG),)
    console.print(_text((("error: ", "bold red"), *where, (failure.message, PLAIN)), console), soft_wrap=True)


def _width(console: Console) -> int:
    return min(console.width, WIDEST)


def _print(page: Page, console: Console) -> None:
    width = _width(console)
    for number, sections in enumerate(page):
        if number:
            console.print()
        if len(sections) == 1:
            _show(_section(sections[0], width, console), width, console)
            continue
        part = width // len(sections) - INDENT
        row = Table.grid(padding=(0, 2 * INDENT, 0, 0))
        row.add_row(*(_section(section, part, console) for section in sections))
        _show(row, width, console)


def _show(renderable: RenderableType, width: int, console: Console) -> None:
    """Print without the blanks that a layout leaves at the ends of lines."""
    for row in console.render_lines(renderable, console.options.update(width=width), pad=False):
        while row and not row[-1].text.strip():
            row.pop()
        if row:
            row[-1] = Segment(row[-1].text.rstrip(), row[-1].style)
        console.print(Segments([*row, Segment.line()]), end="")


def _section(section: Section, width: int, console: Console) -> RenderableType:
    """Return a section laid out in so many columns."""
    if section.framed:
        inner = width - 4  # two of border, two of padding
        body = Group(*(_block(block, inner, console) for block in section.body))
        title = _text(((section.title, _TITLE),), console)
        return Panel(body, title=title, title_align="left", width=width, border_style=QUIET)
    heading = _text(((section.title, _TITLE), ("  " + section.gloss, PLAIN)), console)
    inner = width - INDENT
    body = Group(*(_block(block, inner, console) for block in section.body))
    return Group(heading, Padding(body, (0, 0, 0, INDENT)))


def _block(block: Line | Grid, width: int, console: Console) -> RenderableType:
    return _table(block, width, console) if isinstance(block, Grid) else _text(block, console)


def _text(line: Line, console: Console) -> Text:
    """Return one line of page text that is safe to print on this console."""
    spans = [(encodable(printable(text), console.encoding), style) for text, style in line]
    return Text.assemble(*spans, overflow="fold")


def _table(grid: Grid, width: int, console: Console) -> Table:
    """Return a table whose bars take the room that its text leaves."""
    while grid.spare and width < _text_width(grid) + len(grid.headers) - 1:
        grid = grid.without(grid.spare[0])
    gaps, drawn = len(grid.headers) - 1, any(isinstance(cell, Bar) for row in grid.rows for cell in row)
    gap = 1 if drawn and width - _text_width(grid) - 2 * gaps < _NARROW_BAR else 2
    room = min(max(width - _text_width(grid) - gap * gaps, 0), _LONGEST_BAR)
    table = Table(
        box=None, padding=(0, gap, 0, 0), pad_edge=False, show_header=any(grid.headers), header_style=QUIET
    )
    for header in grid.headers:
        title = _text(((header.rstrip(">"), QUIET),), console)
        table.add_column(title, justify="right" if header.endswith(">") else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*(_cell(cell, room, console) for cell in row))
    return table


def _text_width(grid: Grid) -> int:
    """Return the characters that headers and text cells need; a bar takes what they leave."""
    columns = zip([(header.rstrip(">"), QUIET) for header in grid.headers], *grid.rows, strict=True)
    return sum(
        max(0 if isinstance(cell, Bar) else cell_len(printable(cell[0])) for cell in cells)
        for cells in columns
    )


def _cell(cell: Cell, room: int, console: Console) -> Text:
    span = (bar(cell.share, room), cell.style) if isinstance(cell, Bar) else cell
    return _text((span,), console)


def print_table(
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    console: Console | None = None,
    *,
    title: str = "",
) -> None:
    """Print a plain table; long texts fold within their column.

    Args:
        headers: One a column; all empty for a table without a head.
        rows: Values, one a column; a list is joined by commas, None is a dash.
        console: Where to; None for standard output.
        title: A line above it.
    """
    console = console or make_console()
    if title:
        console.print(_text(((title, STRONG),), console), soft_wrap=True)
    table = Table(
        box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=QUIET, show_header=any(headers)
    )
    for header in headers:
        table.add_column(_text(((header, QUIET),), console), overflow="fold")
    for row in rows:
        table.add_row(*(_text(((_words(value), PLAIN),), console) for value in row))
    _show(table, _width(console), console)


def _words(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
