"""The page of `compare`: methods best first, what won, and how to cite it."""

from collections.abc import Sequence

from tokcomp_cli.core.results.comparison import (
    WHERE,
    ComparedMethod,
    Comparison,
    ComparisonSummary,
    Interval,
    Pool,
)
from tokcomp_cli.render import words
from tokcomp_cli.render.bars import ALERT, BAR, PLAIN, QUIET, STRONG, Bar, Cell, Grid, Line
from tokcomp_cli.render.section import Page, Section

CONTROL = "control"


def comparison_page(found: Comparison) -> Page:
    """Return the page of one input."""
    frames = found.original // found.encoder.num_patches
    facts = [("encoder", words.encoder_words(found.encoder))]
    if found.media is not None:
        facts.insert(0, ("media", words.media_words(found.media)))
    if frames > 1:
        merged = words.plural(found.merged_frames, "merged frame")
        facts.append(("frames", f"{words.plural(frames, 'sampled frame')}, {merged}"))
    lines = tuple(((label, QUIET), (text, PLAIN)) for label, text in facts)
    page: list[tuple[Section, ...]] = [
        (Section("tokcomp compare", "", (((found.path, STRONG),), Grid(("", ""), lines)), framed=True),),
        *((_table(found, pool),) for pool in dict.fromkeys(row.pool for row in found.methods)),
    ]
    if notes := _notes(found):
        page.append((Section("Notes", "", tuple(((note, PLAIN),) for note in notes)),))
    page.append((Section("Cite", "the settings behind these figures", (((found.signature, QUIET),),)),))
    page.append((Section("Verdict", "", (((found.verdict, STRONG),),), framed=True),))
    return tuple(page)


def _table(found: Comparison, pool: Pool) -> Section:
    """Return the methods that start from one pool of tokens."""
    rows = [row for row in found.methods if row.pool == pool]
    still = found.original == found.encoder.num_patches
    title = "Methods" if still else f"Methods {WHERE[pool]}"
    start, end = words.count(found.tokens_of(pool)), words.plural(found.tokens, "token")
    explain: Line = (
        ("explained = share of content kept; lift = over the mean of five random selections", QUIET),
    )
    return Section(
        title, f"{start} → {end} for every method", (methods(rows), explain, *lost_to_chance(rows))
    )


def _notes(found: Comparison) -> list[str]:
    own = [f"{row.label}: {note}" for row in found.methods for note in row.notes]
    return [*found.notes, *own]


def methods(rows: Sequence[ComparedMethod]) -> Grid:
    """Return the table of methods; controls are named as such, losers to chance stand out."""
    cells: list[tuple[Cell, ...]] = []
    for number, row in enumerate(rows, start=1):
        lost = row.lift < 0
        style = ALERT if lost else STRONG if number == 1 else PLAIN
        cells.append(
            (
                (str(number), QUIET),
                (row.label, style),
                (CONTROL if row.control else row.stage, QUIET),
                (words.count(row.tokens_out), PLAIN),
                Bar(row.fidelity.explained, QUIET if row.control else BAR),
                (words.share(row.fidelity.explained), style),
                (signed(row.lift), style),
                (words.milliseconds(row.ms), QUIET),
            )
        )
    headers = ("#>", "method", "stage", "tokens>", "", "explained>", "lift>", "ms>")
    return Grid(headers, tuple(cells), spare=(7, 3))


def signed(value: float) -> str:
    """Return `+0.123` or `−0.123`, rounded down as all shares are."""
    shown = words.share(value)
    return shown if shown.startswith("−") else f"+{shown}"


def lost_to_chance(rows: Sequence[ComparedMethod]) -> tuple[Line, ...]:
    """Return the line that names the methods that random selection beat, if it beat any."""
    losers = [row.label for row in rows if row.lift < 0 and not row.control]
    spread = f" (its draws differ by {rows[0].lift_spread:.3f})" if rows else ""
    return (((f"lost to random selection{spread}: {', '.join(losers)}", ALERT),),) if losers else ()


def summary_page(summary: ComparisonSummary) -> Page:
    """Return the page of several inputs together."""
    pools = dict.fromkeys(row.pool for row in summary.methods)
    return (
        *((_summary_table(summary, pool),) for pool in pools),
        (Section("Verdict", "", (((summary.verdict, STRONG),),), framed=True),),
    )


def _summary_table(summary: ComparisonSummary, pool: Pool) -> Section:
    """Return the methods that start from one pool of tokens."""
    cells: list[tuple[Cell, ...]] = [
        (
            (row.label, ALERT if row.lift.high < 0 else PLAIN),
            (CONTROL if row.control else row.stage, QUIET),
            (str(row.files), QUIET),
            Bar(row.explained, QUIET if row.control else BAR),
            (f"{words.share(row.explained)} ±{row.spread:.3f}", PLAIN),
            (interval(row.lift), PLAIN),
            (interval(row.behind) if number else "best", PLAIN),
        )
        for number, row in enumerate(row for row in summary.methods if row.pool == pool)
    ]
    headers = ("method", "stage", "files>", "", "explained>", "lift>", "behind the best>")
    title = "All files" if len({row.pool for row in summary.methods}) == 1 else f"All files {WHERE[pool]}"
    gloss = f"mean over {words.plural(summary.files, 'file')} ± standard deviation; [95 % bootstrap interval]"
    paired: Line = (("lift and distance to the best are paired: taken on each file, then averaged", QUIET),)
    return Section(title, gloss, (Grid(headers, tuple(cells), spare=(2,)), paired))


def interval(of: Interval) -> str:
    """Return `+0.123 [+0.100, +0.150]`."""
    return f"{signed(of.mean)} [{signed(of.low)}, {signed(of.high)}]"
