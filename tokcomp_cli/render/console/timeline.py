"""The merged frames drawn to scale over the clip's time."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from rich.console import Console, ConsoleOptions, RenderResult

from tokcomp_cli.core.results.analysis import FrameSimilarity, TimelineEntry
from tokcomp_cli.core.shares import decimal
from tokcomp_cli.render.console.glyphs import chart_row, column
from tokcomp_cli.render.console.layout import ALERT, BAR, PLAIN, QUIET, STRONG, Part, Words, words
from tokcomp_cli.render.units import axis_number

CHART_ROWS = 4
MARGIN = 6  # characters left of a chart, for its labels
_TICK_APART = 12


@dataclass(frozen=True, slots=True)
class TimelineChart:
    """The ruler of merged frames, the similarity below it, and the times, as wide as the page."""

    timeline: Sequence[TimelineEntry]
    similarity: FrameSimilarity

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines."""
        width = max(options.max_width - MARGIN, 1)
        margin = " " * MARGIN
        yield words(margin, *ruler(self.timeline, width).parts)
        yield from similarity_chart(self.timeline, self.similarity, width)
        yield words(margin, (axis(self.timeline, width).rstrip(), QUIET))


def starts(timeline: Sequence[TimelineEntry], width: int) -> list[int]:
    """Return the column in which each merged frame starts, 0 to width - 1.

    A merged frame lasts until the next one starts: it stands for the time between its samples too.
    """
    begin, span = _extent(timeline)
    return [min(int((entry.start_seconds - begin) / span * width), width - 1) for entry in timeline]


def ruler(timeline: Sequence[TimelineEntry], width: int) -> Words:
    """Return the merged frames as one numbered stretch each, with a tick at every cut."""
    columns = starts(timeline, width)
    cells = ["─"] * width
    for number, (left, right) in enumerate(zip(columns, [*columns[1:], width], strict=True), start=1):
        cells[left] = "┬" if left else "├"
        label = f" {number} "
        if right - left - 1 >= len(label):
            at = left + 1 + (right - left - 1 - len(label)) // 2
            cells[at : at + len(label)] = label
    if cells[-1] == "─":
        cells[-1] = "┤"
    return words(*((cell, STRONG if cell.isdigit() else PLAIN) for cell in cells))


def similarity_per_column(
    timeline: Sequence[TimelineEntry], values: Sequence[float | None], width: int
) -> list[float | None]:
    """Return the least similarity of the frames in each column; a frame lasts until the next one.

    Args:
        timeline: The merged frames, whose `frames` add up to the number of values.
        values: One similarity a sampled frame, None where there is none.
        width: Columns.
    """
    columns = _frame_columns(timeline, width)
    drawn: list[float | None] = [None] * width
    for i, (at, value) in enumerate(zip(columns, values, strict=True)):
        until = columns[i + 1] if i + 1 < len(columns) else width
        for x in range(at, max(until, at + 1)):
            known = drawn[x]
            drawn[x] = value if known is None else known if value is None else min(value, known)
    return drawn


def similarity_chart(
    timeline: Sequence[TimelineEntry], similarity: FrameSimilarity, width: int
) -> tuple[Words, ...]:
    """Return the similarity over time with the cuts and the threshold, labels in the margin.

    Nothing is returned where no similarity was measured. A column at or below the threshold has a
    style of its own; a cut is the line that hangs down from the ruler.

    Args:
        timeline: The merged frames.
        similarity: One value a sampled frame.
        width: Columns of the chart, without the margin.
    """
    drawn = similarity_per_column(timeline, similarity.values, width)
    known = [value for value in drawn if value is not None]
    if not known:
        return ()
    threshold = similarity.threshold
    low = min(floor(min([*known, *([] if threshold is None else [threshold])]) * 20) / 20, 0.95)
    labels = {CHART_ROWS - 1: decimal(low, 2), 0: "1.00"}
    mark = None
    if threshold is not None:
        mark = chart_row(threshold, low=low, high=1.0, rows=CHART_ROWS)
        labels[mark] = decimal(threshold, 2)
    columns = [
        " " * CHART_ROWS if value is None else column(value, low=low, high=1.0, rows=CHART_ROWS)
        for value in drawn
    ]
    styles = [
        ALERT if not (value is None or threshold is None or value > threshold) else BAR for value in drawn
    ]
    cuts = set(starts(timeline, width)[1:])
    rows = []
    for row in range(CHART_ROWS):
        cells: list[Part] = [(labels.get(row, "").rjust(MARGIN - 1) + " ", QUIET)]
        for x, (drawing, style) in enumerate(zip(columns, styles, strict=True)):
            empty = "│" if x in cuts else "┄" if row == mark else " "
            cells.append((empty, QUIET) if drawing[row] == " " else (drawing[row], style))
        rows.append(words(*cells))
    return tuple(rows)


def axis(timeline: Sequence[TimelineEntry], width: int) -> str:
    """Return the times below the ruler, in seconds of the file, each starting at its column."""
    begin, span = _extent(timeline)
    step = _nice(span * _TICK_APART / width)
    cells = [" "] * width
    if span < 1e-3:
        return f"{axis_number(round(begin, 3))} s"
    first = ceil(begin / step - 1e-9)
    for tick in range(first, floor((begin + span) / step) + 1):
        at = int((tick * step - begin) / span * width)
        label = f"{axis_number(round(tick * step, 6))} s"
        if at + len(label) <= width:
            cells[at : at + len(label)] = label
    return "".join(cells)


def _extent(timeline: Sequence[TimelineEntry]) -> tuple[float, float]:
    """Return the start and the length of the drawn time in seconds, the length above zero."""
    begin = timeline[0].start_seconds
    return begin, max(timeline[-1].end_seconds - begin, 1e-6)


def _frame_columns(timeline: Sequence[TimelineEntry], width: int) -> list[int]:
    """Return the column of each sampled frame, those of one merged frame evenly apart."""
    begin, span = _extent(timeline)
    limits = [entry.start_seconds for entry in timeline] + [begin + span]
    columns = []
    for entry, start, until in zip(timeline, limits, limits[1:], strict=False):
        apart = (until - start) / entry.frames
        columns += [int((start + k * apart - begin) / span * width) for k in range(entry.frames)]
    return [min(at, width - 1) for at in columns]


def _nice(least: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is at least as large."""
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
