"""The pages of `compare`: what won, methods best first, and how to cite it."""

from collections.abc import Sequence

from rich.console import RenderableType

from tokcomp_cli.core.results.comparison import WHERE, ComparedMethod, Comparison, ComparisonSummary, Pool
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import fewer, points, share
from tokcomp_cli.render.console.layout import (
    ALERT,
    PLAIN,
    QUIET,
    STRONG,
    Page,
    Part,
    Section,
    loss_style,
    words,
)
from tokcomp_cli.render.console.table import Bar, Cell, FittedTable, facts
from tokcomp_cli.render.facts import encoder_words, media_words
from tokcomp_cli.render.units import milliseconds

CONTROL = "control"


def comparison_page(found: Comparison) -> Page:
    """Return the page of one input."""
    best = found.methods[0]
    kept = best.fidelity.explained
    saved = fewer(1 - found.tokens / found.original)
    shrunk = f"{plural(found.original, 'token')} → {count(found.tokens)} ({saved})"
    numbers = facts(
        ("tokens", (shrunk, STRONG)),
        ("best", (f"{best.label}, {share(kept)} of the content kept", f"bold {loss_style(kept)}")),
        ("over random", f"{points(best.lift)} points"),
    )
    head = (words(found.path), "", words((found.verdict, STRONG)), "", numbers)
    notes = [*found.notes, *(f"{row.label}: {note}" for row in found.methods for note in row.notes)]
    return [
        Section("tokcomp compare", "", head, framed=True),
        *(_methods(found, pool) for pool in dict.fromkeys(row.pool for row in found.methods)),
        *([Section("Notes", "", [words(note) for note in notes])] if notes else []),
        Section("Input", "", (_input(found),)),
        Section("Cite", "the settings behind these figures", quoted=found.signature),
    ]


def _input(found: Comparison) -> FittedTable:
    rows: list[tuple[str, Part]] = [] if found.media is None else [("media", media_words(found.media))]
    rows.append(("encoder", encoder_words(found.encoder)))
    frames = found.original // found.encoder.num_patches
    if frames > 1:
        merged = plural(found.merged_frames, "merged frame")
        rows.append(("frames", f"{plural(frames, 'sampled frame')} → {merged}"))
    return facts(*rows)


def _methods(found: Comparison, pool: Pool) -> Section:
    """Return the methods of one pool; controls are named as such, those below random selection stand out."""
    ours = [row for row in found.methods if row.pool == pool]
    rows: list[tuple[Cell, ...]] = []
    for number, row in enumerate(ours, start=1):
        style = ALERT if row.lift < 0 else STRONG if number == 1 else PLAIN
        kept = row.fidelity.explained
        rows.append(
            (
                (str(number), QUIET),
                (row.label, style),
                (CONTROL if row.control else row.stage, QUIET),
                count(row.tokens_out),
                Bar(kept, QUIET if row.control else loss_style(kept)),
                (share(kept), style),
                (points(row.lift), style),
                (milliseconds(row.ms), QUIET),
            )
        )
    headers = ("#>", "method", "stage", "tokens>", "", "content kept>", "lift>", "ms>")
    explain = "lift = percentage points over the mean of five random selections"
    body: list[RenderableType] = [FittedTable(headers, rows, spare=(7, 3)), words((explain, QUIET))]
    if losers := worse_than_random(ours):
        spread = f"seeds span {share(ours[0].lift_spread)}".replace("%", " points")
        body.append(words((f"worse than random ({spread}): {', '.join(losers)}", ALERT)))
    title = "Methods" if found.original == found.encoder.num_patches else f"Methods {WHERE[pool]}"
    start, end = count(found.tokens_of(pool)), plural(found.tokens, "token")
    return Section(title, f"{start} → {end} for every method", body)


def worse_than_random(rows: Sequence[ComparedMethod]) -> list[str]:
    """Return the methods that random selection beat, controls left out."""
    return [row.label for row in rows if row.lift < 0 and not row.control]


def summary_page(summary: ComparisonSummary) -> Page:
    """Return the page of several inputs together."""
    verdict = Section("tokcomp compare", "", (words((summary.verdict, STRONG)),), framed=True)
    pools = dict.fromkeys(row.pool for row in summary.methods)
    return [verdict, *(_all_files(summary, pool, alone=len(pools) == 1) for pool in pools)]


def _all_files(summary: ComparisonSummary, pool: Pool, *, alone: bool) -> Section:
    """Return the methods of one pool over all files."""
    ours = [row for row in summary.methods if row.pool == pool]
    rows: list[tuple[Cell, ...]] = [
        (
            (row.label, ALERT if row.lift.high < 0 else PLAIN),
            (CONTROL if row.control else row.stage, QUIET),
            (str(row.files), QUIET),
            Bar(row.explained, QUIET if row.control else loss_style(row.explained)),
            f"{share(row.explained)} ±{100 * row.spread:.1f}",
            interval(row.lift),
            interval(row.behind) if number else "",
        )
        for number, row in enumerate(ours)
    ]
    headers = ("method", "stage", "files>", "", "content kept>", "lift>", "behind the best>")
    gloss = f"mean over {plural(summary.files, 'file')} ± standard deviation; [95% bootstrap interval]"
    paired = "in percentage points; lift and distance to the best are taken on each file, then averaged"
    body = (FittedTable(headers, rows, spare=(2,)), words((paired, QUIET)))
    return Section("All files" if alone else f"All files {WHERE[pool]}", gloss, body)


def interval(of: Interval) -> str:
    """Return `+12.3 [10.0, 15.0]`."""
    low, high = (points(end).removeprefix("+") for end in (of.low, of.high))
    return f"{points(of.mean)} [{low}, {high}]"
