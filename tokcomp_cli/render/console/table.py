"""Tables that fit the width they get: bars take what the text leaves, then columns go, then rows stack."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rich.align import Align
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokcomp_cli.core.names import printable
from tokcomp_cli.render.console.glyphs import bar, encodable
from tokcomp_cli.render.console.layout import BAR, INDENT, PLAIN, QUIET, STRONG, Part, Words, words

GAP = 2
LEAST_BAR, GOOD_BAR, LONGEST_BAR = 4, 10, 48
SHORT_PATH = 16


@dataclass(frozen=True, slots=True)
class Bar:
    """A cell that is drawn as wide as the page leaves room for: the filled share, clipped to [0, 1]."""

    share: float
    style: str = BAR


Cell = Part | Bar


@dataclass(frozen=True, slots=True)
class FittedTable:
    """A table that fits any width without breaking a word that would fit a line.

    Attributes:
        headers: One a column; a trailing `>` aligns the column to the right.
        rows: Cells, one a column.
        spare: Columns to leave out where room is short, the first of them first; none that a caption names.
        clipped: Columns of paths, of which a short one shows the end, where paths differ.
    """

    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    spare: Sequence[int] = ()
    clipped: Sequence[int] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table, or a paragraph a row where even the longest words have no room."""
        width, encoding = options.max_width, options.encoding
        shown = [_column(self, at, encoding) for at in range(len(self.headers))]
        shown = [column for column in shown if column.bar or column.most]
        wanted = GOOD_BAR if any(column.bar for column in shown) else 0
        for at in (None, *self.spare):
            shown = [column for column in shown if column.at != at]
            if _room(shown, width) < wanted:
                shown = [column.with_wrapped_header() for column in shown]
            if _room(shown, width) >= wanted:
                break
        if _room(shown, width) < (LEAST_BAR if wanted else 0):
            shown = [column for column in shown if not column.bar]
        if _taken([column.least for column in shown]) > width:
            yield from self._stacked(shown)
            return
        yield self._table(shown, options)

    def _table(self, shown: "list[_Column]", options: ConsoleOptions) -> Table:
        widths = _widths(shown, options.max_width)
        table = Table(
            box=None,
            padding=(0, GAP, 0, 0),
            pad_edge=False,
            show_header=any(self.headers),
            header_style=QUIET,
        )
        for column, width in zip(shown, widths, strict=True):
            justify: Literal["left", "right"] = "right" if column.number else "left"
            header = Align(words((column.title, QUIET)), justify, vertical="bottom")
            table.add_column(header, justify=justify, width=width, overflow="fold")
        for row in self.rows:
            cells = [
                _clip(row[column.at], width) if column.at in self.clipped else row[column.at]
                for column, width in zip(shown, widths, strict=True)
            ]
            table.add_row(
                *(_drawn(cell, width, options.encoding) for cell, width in zip(cells, widths, strict=True))
            )
        return table

    def _stacked(self, shown: "list[_Column]") -> RenderResult:
        for row in self.rows:
            cells = [(column.title, row[column.at]) for column in shown]
            named = [(title, cell) for title, cell in cells if not isinstance(cell, Bar) and _said(cell)]
            if not named:
                continue
            (title, first), *rest = named
            number = f"{title} " if shown[0].number else ""
            yield words((number + _said(first), STRONG))
            parts: list[Part] = []
            for title, cell in rest:
                parts += [(" · " if parts else "") + (f"{title} " if title else ""), cell]
            if parts:
                yield Padding(Words(tuple(parts)), (0, 0, 0, INDENT))


@dataclass(frozen=True, slots=True)
class _Column:
    """What one column holds and needs: `most` characters if no text of it wraps, and at the least."""

    at: int
    title: str
    number: bool
    bar: bool
    most: int
    least: int
    cells: int

    def with_wrapped_header(self) -> "_Column":
        """Return the column with a header that may take several lines."""
        return replace(self, most=max(self.cells, _longest_word(self.title)))


def _column(table: FittedTable, at: int, encoding: str) -> _Column:
    cells = [row[at] for row in table.rows]
    said = [encodable(printable(_said(cell)), encoding) for cell in cells if not isinstance(cell, Bar)]
    title, number = table.headers[at].rstrip(">"), table.headers[at].endswith(">")
    widest, head = max(map(cell_len, said), default=0), _longest_word(title)
    longest = min(widest, SHORT_PATH) if at in table.clipped else max(map(_longest_word, said), default=0)
    return _Column(
        at,
        title,
        number,
        bar=len(said) < len(cells),
        most=max(widest, cell_len(title)),
        least=max(head, widest if number else longest),
        cells=widest,
    )


def _said(cell: Part) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)


def _taken(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _room(shown: Sequence[_Column], width: int) -> int:
    """Return what the text of the columns leaves for one bar, below zero where it has to wrap."""
    return width - _taken([column.most for column in shown])


def _widths(shown: Sequence[_Column], width: int) -> list[int]:
    """Return a width for each column: bars take what is left, the widest texts wrap first."""
    widths = [column.most for column in shown]
    bars = [number for number, column in enumerate(shown) if column.bar]
    for number in bars:
        widths[number] = max(widths[number], min(_room(shown, width) // len(bars), LONGEST_BAR))
    while _taken(widths) > width:
        loose = [number for number, column in enumerate(shown) if widths[number] > column.least]
        widths[max(loose, key=lambda number: widths[number])] -= 1
    return widths


def _drawn(cell: Cell, width: int, encoding: str) -> RenderableType:
    if isinstance(cell, Bar):
        return Text(encodable(bar(cell.share, width), encoding), cell.style)
    return words(cell)


def _clip(cell: Cell, width: int) -> Cell:
    """Return the end of a path that is longer than its column."""
    if isinstance(cell, Bar) or cell_len(printable(_said(cell))) <= width:
        return cell
    text, style = (cell, PLAIN) if isinstance(cell, str) else cell
    end = printable(text)
    while cell_len(end) >= width:
        end = end[1:]
    return "…" + end, style


def facts(*pairs: tuple[str, Part]) -> FittedTable:
    """Return labels and what they stand for, side by side."""
    return FittedTable(("", ""), [((label, QUIET), said) for label, said in pairs])
