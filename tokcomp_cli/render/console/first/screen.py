"""The first screen of one file: verdict, tokens, what is kept, the weakest moment, what to type next."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.text import Text

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.analysis import Analysis, TimelineEntry
from tokcomp_cli.core.results.curve import Weakest
from tokcomp_cli.core.rounding import count, keep, plural
from tokcomp_cli.core.shares import fewer, share, target
from tokcomp_cli.render.console.glyphs import column, encodable
from tokcomp_cli.render.console.layout import (
    ALERT,
    BAR,
    GOOD,
    QUIET,
    STRONG,
    Page,
    Section,
    loss_style,
    words,
)
from tokcomp_cli.render.console.table import Bar, Cell, FittedTable
from tokcomp_cli.render.console.timeline import axis, starts
from tokcomp_cli.render.facts import original_words
from tokcomp_cli.render.units import seconds

MARK, GAP = "▲", 2


def first_screen(analysis: Analysis, command: str = "analyze", *, alone: bool = True) -> Page:
    """Return the first screen of `analyze` or `budget`.

    Args:
        analysis: Of one file.
        command: That made it.
        alone: Whether no other file is shown, so that there is room for what to type next.
    """
    video = analysis.media.kind != "image"
    body: list[RenderableType] = [
        words((analysis.verdict, STRONG)),
        "",
        FittedTable(("", "", ""), figures(analysis)),
    ]
    if video:
        body += ["", TimelineBar(analysis.timeline, analysis.weakest)]
    if alone:
        body += ["", Commands(next_steps(analysis, command))]
    return [*_warnings(analysis), Section(analysis.media.path, _kind(analysis), body)]


def _kind(analysis: Analysis) -> str:
    media = analysis.media
    long = "" if media.duration_seconds is None else f" · {seconds(media.duration_seconds)}"
    return f"{media.kind} {media.width}×{media.height}{long}"


def _warnings(analysis: Analysis) -> list[Section]:
    """Return how many warnings there are, which `--full` shows, and the first of them."""
    found = analysis.warnings
    if analysis.media.salvaged and not analysis.media.notes:
        found = ("The file is damaged: it is read only as far as it goes.", *found)
    if not found:
        return []
    more = f" ({plural(len(found) - 1, 'more warning')}: --full)" if found[1:] else ""
    return [Section("Warning", "", (words(("! ", ALERT), found[0], (more, QUIET)),))]


def figures(analysis: Analysis) -> list[tuple[Cell, ...]]:
    """Return the figures that matter, with a bar for each share."""
    kept = analysis.fidelity.explained
    tokens = f"{original_words(analysis)} → {count(analysis.llm_input)} ({fewer(analysis.reduction)})"
    rows: list[tuple[Cell, ...]] = [
        (("tokens", QUIET), (tokens, STRONG), ""),
        (("content kept", QUIET), (share(kept), f"bold {loss_style(kept)}"), Bar(kept, loss_style(kept))),
    ]
    if (weakest := analysis.weakest) is not None:
        place = weakest.region if weakest.seconds is None else f"at {seconds(weakest.seconds)}"
        name = "weakest region" if weakest.seconds is None else "weakest moment"
        style = loss_style(weakest.explained)
        said = f"{share(weakest.explained)} {place}"
        rows.append(((name, QUIET), (said, style), Bar(weakest.explained, style)))
    advice = analysis.recommendation
    if advice is not None and (found := advice.recommended) is not None:
        gone = fewer(1 - found.tokens / analysis.original)
        enough = f"{plural(found.tokens, 'token')} ({gone}) {keep(found.tokens)} {share(found.explained)}"
        rows.append(((f"enough for {target(advice.target)}", QUIET), (enough, GOOD), ""))
    return rows


def next_steps(analysis: Analysis, command: str) -> list[tuple[str, str]]:
    """Return what to type next, each with what it gives."""
    path = shlex.quote(printable(analysis.media.path))
    steps = []
    if analysis.recommendation is None:
        steps.append((f"tokcomp budget {path}", "the fewest tokens that are enough"))
    else:
        steps.append((f"tokcomp compare {path} --budget {_enough(analysis)}", "other methods, and chance"))
    steps.append((f"tokcomp {command} {path} --html page.html", "see it, to send"))
    steps.append((f"tokcomp {command} {path} --full", "everything else"))
    return steps


def _enough(analysis: Analysis) -> int:
    advice = analysis.recommendation
    found = None if advice is None else advice.recommended
    return analysis.llm_input if found is None else found.tokens


@dataclass(frozen=True, slots=True)
class Commands:
    """Lines to type, and beside them what each gives where there is room."""

    steps: Sequence[tuple[str, str]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines."""
        longest = max(cell_len(line) for line, _ in self.steps)
        wide = longest + GAP + max(cell_len(why) for _, why in self.steps)
        for line, why in self.steps:
            beside = f"{'':{longest - cell_len(line) + GAP}}{why}" if wide <= options.max_width else ""
            yield words((line, BAR), (beside, QUIET))


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """The tokens of merged frames over time, to scale, with the weakest moment marked below."""

    timeline: Sequence[TimelineEntry]
    weakest: Weakest | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the bar and its times."""
        width, merged = options.max_width, plural(len(self.timeline), "merged frame")
        heights = tokens_per_column(self.timeline, width)
        most = max(max(heights), 1)
        drawn = "".join(column(tokens, low=0, high=most, rows=1) for tokens in heights)
        yield Text(encodable(drawn, options.encoding), BAR, overflow="crop")
        times = list(axis(self.timeline, width).ljust(width))
        at = self._weakest_column(width)
        if at is not None:
            free = [x for x in range(width) if not "".join(times[max(x - 1, 0) : x + 2]).strip()]
            times[min(free, key=lambda x: abs(x - at), default=at)] = MARK
        line = "".join(times).rstrip()
        yield words(*((letter, ALERT if letter == MARK else QUIET) for letter in line))
        mark = f", {MARK} the weakest moment" if at is not None else ""
        yield words((f"tokens of {merged}{mark}", QUIET))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return that it takes any width."""
        return Measurement(1, options.max_width)

    def _weakest_column(self, width: int) -> int | None:
        found = self.weakest
        if found is None or found.seconds is None:
            return None
        begin = self.timeline[0].start_seconds
        span = max(self.timeline[-1].end_seconds - begin, 1e-6)
        return min(max(int((found.seconds - begin) / span * width), 0), width - 1)


def tokens_per_column(timeline: Sequence[TimelineEntry], width: int) -> list[int]:
    """Return the tokens of the merged frame in each column; the most where several share one."""
    begins = starts(timeline, width)
    tokens = [0] * width
    for entry, left, right in zip(timeline, begins, [*begins[1:], width], strict=True):
        for at in range(left, max(right, left + 1)):
            tokens[at] = max(tokens[at], entry.tokens)
    return tokens
