"""Bars, column charts and their ASCII stand-ins: text drawn from numbers, no terminal library."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

# Styles of the page, in the words of the terminal library; the shapes alone carry the meaning.
PLAIN, QUIET, STRONG, BAR, ALERT, GOOD = "", "dim", "bold", "cyan", "yellow", "green"

Span = tuple[str, str]  # text and style
Line = tuple[Span, ...]

_ACROSS = " ▏▎▍▌▋▊▉█"
_UP = " ▁▂▃▄▅▆▇█"
_ASCII = str.maketrans(
    dict(zip("▏▎▍▌▋▊▉█", "...::==#", strict=True))
    | dict(zip("▁▂▃▄▅▆▇", "..::==#", strict=True))
    | dict(zip("─│├┤┬└┄×→·−–÷▲◆", "-||||`.x>|--/^*", strict=True))
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A cell of a table that is drawn as wide as the page leaves room for.

    Attributes:
        share: Filled part, clipped to [0, 1].
        style: Style of the filled part.
    """

    share: float
    style: str = BAR


Cell = Span | Bar


@dataclass(frozen=True, slots=True)
class Grid:
    """A table to be laid out.

    Attributes:
        headers: One a column; a trailing `>` aligns the column to the right.
        rows: Cells, one a column.
        spare: Columns to leave out on a narrow page, the first of them first.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    spare: tuple[int, ...] = ()

    def without(self, index: int) -> "Grid":
        """Return the table without one of its columns."""
        keep = [i for i in range(len(self.headers)) if i != index]
        rows = tuple(tuple(row[i] for i in keep) for row in self.rows)
        spare = tuple(i - (i > index) for i in self.spare if i != index)
        return Grid(tuple(self.headers[i] for i in keep), rows, spare)


def bar(share: float, width: int) -> str:
    """Return a horizontal bar to an eighth of a character, never empty for a share above zero.

    Args:
        share: Filled part, clipped to [0, 1].
        width: Characters of a full bar; the result is padded to it.
    """
    if width < 1:
        return ""
    share = min(max(share, 0.0), 1.0)
    eighths = max(int(share * width * 8 + 0.5), 1 if share > 0 else 0)
    full, rest = divmod(eighths, 8)
    return (_ACROSS[8] * full + _ACROSS[rest] * (rest > 0)).ljust(width)


def column(value: float, *, low: float, high: float, rows: int) -> str:
    """Return one column of a chart, top character first, at least its lowest eighth filled.

    Args:
        value: What to show, clipped to [low, high].
        low: Value of an empty column.
        high: Value of a full column.
        rows: Characters of a full column.
    """
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    full, rest = divmod(max(int(share * rows * 8 + 0.5), 1), 8)
    return (_UP[8] * full + _UP[rest] * (rest > 0)).ljust(rows)[::-1]


def chart_row(value: float, *, low: float, high: float, rows: int) -> int:
    """Return the row of a chart, counted from the top, in which a value lies."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return rows - 1 - min(int(share * rows + 1e-9), rows - 1)


def line(cells: Sequence[Span]) -> Line:
    """Return the cells with neighbours of one style joined."""
    runs = groupby(cells, key=lambda cell: cell[1])
    return tuple(("".join(text for text, _ in run), style) for style, run in runs)


def encodable(text: str, encoding: str) -> str:
    """Return the text as the stream can carry it: drawing characters in ASCII, others as escapes.

    Args:
        text: One line.
        encoding: The stream's encoding; UTF-8 carries all.
    """
    if encoding.lower().startswith("utf"):
        return text
    return text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
