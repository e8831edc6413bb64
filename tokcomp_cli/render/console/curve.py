"""The curve of fidelity against budget, drawn with block characters."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log

from rich.console import Console, ConsoleOptions, RenderResult

from tokcomp_cli.core.results.curve import CurvePoint, Recommendation
from tokcomp_cli.core.rounding import count
from tokcomp_cli.core.shares import share, target
from tokcomp_cli.render.console.glyphs import chart_row, column
from tokcomp_cli.render.console.layout import BAR, GOOD, QUIET, STRONG, Part, Words, words

CURVE_ROWS = 8
MARGIN = 8  # characters left of the plot, for its labels


@dataclass(frozen=True, slots=True)
class CurveChart:
    """The measured curve with target, knee and recommendation, as wide as the page."""

    advice: Recommendation

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines."""
        yield from curve_chart(self.advice, options.max_width)


def explained_at(curve: Sequence[CurvePoint], tokens: float) -> float:
    """Return `explained` at a budget, interpolated over the logarithm of the tokens."""
    after = next((i for i, point in enumerate(curve) if point.tokens >= tokens), len(curve) - 1)
    right = curve[after]
    if after == 0 or right.tokens <= tokens:
        return right.explained
    left = curve[after - 1]
    part = log(tokens / left.tokens) / log(right.tokens / left.tokens)
    return left.explained + part * (right.explained - left.explained)


def curve_column(curve: Sequence[CurvePoint], tokens: float, width: int) -> int:
    """Return the column of a budget on the logarithmic axis, 0 to width - 1."""
    first, last = curve[0].tokens, curve[-1].tokens
    if last <= first:
        return 0
    place = log(min(max(tokens, first), last) / first) / log(last / first)
    return min(int(place * (width - 1) + 0.5), width - 1)


def curve_chart(advice: Recommendation, width: int) -> tuple[Words, ...]:
    """Return the plot: budgets across (logarithmic), `explained` up, target, knee and recommendation.

    Args:
        advice: The measured curve and what it speaks for.
        width: Columns of the whole drawing, with the margin.
    """
    width -= MARGIN
    first, last = advice.curve[0].tokens, advice.curve[-1].tokens
    values = [
        explained_at(advice.curve, first * (last / first) ** (x / max(width - 1, 1))) for x in range(width)
    ]
    low = min(floor(min(*values, advice.target) * 10) / 10, 0.9)
    columns = [column(value, low=low, high=1.0, rows=CURVE_ROWS) for value in values]
    mark = chart_row(advice.target, low=low, high=1.0, rows=CURVE_ROWS)
    labels = {CURVE_ROWS - 1: target(low), 0: "100%", mark: share(advice.target)}
    found = advice.recommended
    enough = curve_column(advice.curve, found.tokens, width) if found else width
    rows = []
    for row in range(CURVE_ROWS):
        label = labels.get(row, "").rjust(MARGIN - 2) + (" ┤" if row in labels else " │")
        cells: list[Part] = [(label, QUIET)]
        for x, drawing in enumerate(columns):
            empty = "┄" if row == mark else " "
            shown = (drawing[row], GOOD if x >= enough else BAR)
            cells.append((empty, QUIET) if drawing[row] == " " else shown)
        rows.append(words(*cells))
    return (*rows, _floor(advice, width), _budgets(advice, width))


def _floor(advice: Recommendation, width: int) -> Words:
    """Return the axis with the marks of the knee and the recommendation on it."""
    cells: list[Part] = [("─", QUIET)] * width
    cells[curve_column(advice.curve, advice.knee.tokens, width)] = ("◆", STRONG)
    if advice.recommended:
        cells[curve_column(advice.curve, advice.recommended.tokens, width)] = ("▲", STRONG)
    return words((" " * (MARGIN - 1) + "└", QUIET), *cells)


def _budgets(advice: Recommendation, width: int) -> Words:
    """Return the budgets below the axis: the ends and the powers of ten that have room."""
    first, last = advice.curve[0].tokens, advice.curve[-1].tokens
    cells = [" "] * width
    tail = count(last) + " tokens"
    marks = [(width - len(tail), tail), (0, count(first))]
    power = 10
    while power < last:
        if power > first:
            marks.append((curve_column(advice.curve, power, width), count(power)))
        power *= 10
    for at, label in marks:
        left, right = max(at - 1, 0), min(at + len(label) + 1, width)
        if at >= 0 and at + len(label) <= width and set(cells[left:right]) <= {" "}:
            cells[at : at + len(label)] = label
    return words(" " * MARGIN, ("".join(cells), QUIET))
