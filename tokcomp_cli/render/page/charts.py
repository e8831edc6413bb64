"""Charts as numbers: the flow of tokens, the timeline, the curve, the layers. Templates draw them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log, log10

from tokcomp_cli.core.results.analysis import Analysis, FrameSimilarity, TimelineEntry
from tokcomp_cli.core.results.curve import CurvePoint
from tokcomp_cli.core.shares import target as target_words

MOST_COLUMNS = 800
LEAST_SHOWN = 0.004  # of the width: a stage that leaves one token is still seen
TICKS = 6


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step of the flow; shares of the input's tokens are widths.

    Attributes:
        name, method: Of the stage.
        tokens: After it.
        before, after: Shares of the input that enter and leave it.
        explained: What is left of the content, or None where nothing measures it.
        spent_ms: Time it took, or None.
    """

    name: str
    method: str
    tokens: int
    before: float
    after: float
    explained: float | None
    spent_ms: float | None = None

    @property
    def shape(self) -> str:
        """Return the step as a path in a view box of 100 × 20, as wide above as what enters."""
        top, bottom = (max(width, LEAST_SHOWN) * 50 for width in (self.before, self.after))
        return (
            f"M{50 - top:.2f} 0C{50 - top:.2f} 9 {50 - bottom:.2f} 8 {50 - bottom:.2f} 20"
            f"H{50 + bottom:.2f}C{50 + bottom:.2f} 8 {50 + top:.2f} 9 {50 + top:.2f} 0z"
        )


def flow(analysis: Analysis) -> list[FlowStep]:
    """Return the tokens from the input through each stage to the last layer."""
    whole = analysis.original
    steps, before = [FlowStep("input", "", whole, 1.0, 1.0, None)], 1.0
    for stage in analysis.stages:
        after = stage.tokens_out / whole
        spent = analysis.timings_ms.get(stage.name)
        kept = stage.fidelity.explained
        steps.append(FlowStep(stage.name, stage.method, stage.tokens_out, before, after, kept, spent))
        before = after
    kept = analysis.fidelity.explained
    steps.append(FlowStep("LLM input", "", analysis.llm_input, before, before, kept))
    last = analysis.layers.last
    steps.append(FlowStep("last layer", "", last, before, last / whole, None))
    return steps


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis in shares of its length, and what stands there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class TimelineDrawing:
    """Merged frames over time; x in a view box 1,000 wide, similarity in one 100 high.

    Attributes:
        odd, even: Paths of every second merged frame.
        similarity: Path of the similarity, empty where none was measured.
        threshold: Height of the threshold, or None.
        low: Similarity at the lower end.
        ticks: Times.
        starts: Where each merged frame starts, in shares.
    """

    odd: str
    even: str
    similarity: str
    threshold: float | None
    low: float
    ticks: tuple[Tick, ...]
    starts: tuple[float, ...]


def starts_of(timeline: Sequence[TimelineEntry]) -> list[float]:
    """Return where each merged frame starts, in shares of the timeline."""
    begin, span = timeline[0].start_seconds, _span(timeline)
    return [min(max((entry.start_seconds - begin) / span, 0.0), 1.0) for entry in timeline]


def _span(timeline: Sequence[TimelineEntry]) -> float:
    return max(timeline[-1].end_seconds - timeline[0].start_seconds, 1e-6)


def timeline_drawing(timeline: Sequence[TimelineEntry], similarity: FrameSimilarity) -> TimelineDrawing:
    """Return the timeline to scale; a merged frame lasts until the next one starts."""
    begin, starts = timeline[0].start_seconds, starts_of(timeline)
    bands = ["", ""]
    pieces: list[list[str]] = [[], []]
    for number, (left, right) in enumerate(zip(starts, [*starts[1:], 1.0], strict=True)):
        pieces[number % 2].append(f"M{left * 1000:.1f} 0V100H{right * 1000:.1f}V0z")
    bands = ["".join(piece) for piece in pieces]
    known = [value for value in similarity.values if value is not None]
    floor_of = [*known, *([] if similarity.threshold is None or not known else [similarity.threshold])]
    low = min(floor(min(floor_of, default=0.9) * 20) / 20, 0.95)
    mark = None
    if known and similarity.threshold is not None:
        mark = _height(similarity.threshold, low)
    return TimelineDrawing(
        odd=bands[0],
        even=bands[1],
        similarity=_similarity_path(similarity.values, low) if known else "",
        threshold=mark,
        low=low,
        ticks=tuple(_ticks(begin, _span(timeline))),
        starts=tuple(starts),
    )


def _height(value: float, low: float) -> float:
    return round(100 * (1 - min(max((value - low) / (1 - low), 0.0), 1.0)), 2)


def _similarity_path(values: Sequence[float | None], low: float) -> str:
    """Return a path of the least similarity in each of at most `MOST_COLUMNS` columns, with gaps."""
    columns = min(len(values), MOST_COLUMNS)
    path, pen = [], "M"
    for column in range(columns):
        first, last = column * len(values) // columns, (column + 1) * len(values) // columns
        known = [value for value in values[first:last] if value is not None]
        if not known:
            pen = "M"
            continue
        path.append(f"{pen}{(column + 0.5) / columns * 1000:.1f} {_height(min(known), low):g}")
        pen = "L"
    return "".join(path)


def _ticks(begin: float, span: float) -> list[Tick]:
    power = 10.0 ** floor(log10(span / TICKS))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= span / TICKS * (1 - 1e-9))
    numbers = range(ceil(begin / step - 1e-9), floor((begin + span) / step) + 1)
    return [Tick((n * step - begin) / span, f"{round(n * step, 6):,.10g} s") for n in numbers]


@dataclass(frozen=True, slots=True)
class CurveDrawing:
    """A curve of the content kept against tokens, logarithmic across; a view box of 1,000 × 100.

    Attributes:
        path: The curve.
        area: What lies below it.
        low: Share at the lower end.
        first, last: Fewest and most tokens.
        across, up: Ticks.
    """

    path: str
    area: str
    low: float
    first: int
    last: int
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]

    def x(self, tokens: float) -> float:
        """Return where a budget lies, in shares of the width."""
        if self.last <= self.first:
            return 0.5
        within = min(max(tokens, self.first), self.last)
        return log(within / self.first) / log(self.last / self.first)

    def y(self, explained: float) -> float:
        """Return how far below the top a share lies, in shares of the height."""
        return 1 - min(max((explained - self.low) / (1 - self.low), 0.0), 1.0)

    def path_of(self, points: Sequence[CurvePoint]) -> str:
        """Return the path of a curve on these axes."""
        return "M" + "L".join(
            f"{self.x(p.tokens) * 1000:.1f} {self.y(p.explained) * 100:.2f}" for p in points
        )


def curve_drawing(
    points: Sequence[CurvePoint], target: float | None = None, beside: Sequence[CurvePoint] = ()
) -> CurveDrawing:
    """Return the drawing of a curve.

    Args:
        points: Tokens rising.
        target: Must be seen too, or None.
        beside: Another curve that the axes have room for.
    """
    lowest = min([point.explained for point in (*points, *beside)] + ([] if target is None else [target]))
    step = 0.2 if lowest < 0.6 else 0.1 if lowest < 0.8 else 0.05
    low = min(max(floor(lowest / step + 1e-9) * step, -0.2), 0.95)
    tokens = [point.tokens for point in (*points, *beside)]
    first, last = min(tokens), max(tokens)
    axes = CurveDrawing("", "", low, first, last, (), ())
    path = axes.path_of(points)
    shares = [1 - number * step for number in range(round((1 - low) / step) + 1)]
    up = tuple(Tick(axes.y(share), target_words(share)) for share in shares)
    area = f"{path}V100H{axes.x(points[0].tokens) * 1000:.1f}z"
    return CurveDrawing(path, area, low, first, last, tuple(_budget_ticks(axes)), up)


def _budget_ticks(axes: CurveDrawing) -> list[Tick]:
    found = [Tick(axes.x(axes.first), f"{axes.first:,}")]
    power = 1
    while power < axes.last:
        for factor in (1, 2, 5) if axes.last / axes.first < 50 else (1,):
            tokens = factor * power
            apart = min(axes.x(tokens) - found[-1].at, axes.x(axes.last) - axes.x(tokens))
            if axes.first < tokens < axes.last and apart > 0.17:
                found.append(Tick(axes.x(tokens), f"{tokens:,}"))
        power *= 10
    if axes.last > axes.first:
        found.append(Tick(axes.x(axes.last), f"{axes.last:,}"))
    return found
