"""The page of `compare`: methods best first, what won, and how to cite it."""

from collections.abc import Sequence

from tokcomp_cli.core.results.comparison import ComparedMethod, Comparison, ComparisonSummary, Interval
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
    kept = f"{words.count(found.original)} → {words.plural(found.tokens, 'token')} for every method"
    explain: Line = (
        ("explained = share of content kept; lift = over the mean of five random selections", QUIET),
    )
    body: list[Line | Grid] = [methods(found.methods), explain, *lost_to_chance(found.methods)]
    page: list[tuple[Section, ...]] = [
        (Section("tokcomp compare", "", (((found.path, STRONG),), Grid(("", ""), lines)), framed=True),),
        (Section("Methods", kept, tuple(body)),),
    ]
    if notes := _notes(found):
        page.append((Section("Notes", "", tuple(((note, PLAIN),) for note in notes)),))
    page.append((Section("Cite", "the settings behind these figures", (((found.signature, QUIET),),)),))
    page.append((Section("Verdict", "", (((found.verdict, STRONG),),), framed=True),))
    return tuple(page)


def _notes(found: Comparison) -> list[str]:
    own = [f"{row.method}: {note}" for row in found.methods for note in row.notes]
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
                (row.method, style),
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
    """Return `+0.123` or `−0.123`."""
    return f"{value:+.3f}".replace("-", "−")


def lost_to_chance(rows: Sequence[ComparedMethod]) -> tuple[Line, ...]:
    """Return the line that names the methods that random selection beat, if it beat any."""
    losers = [row.method for row in rows if row.lift < 0 and not row.control]
    spread = f" (its draws differ by {rows[0].lift_spread:.3f})" if rows else ""
    return (((f"lost to random selection{spread}: {', '.join(losers)}", ALERT),),) if losers else ()


def summary_page(summary: ComparisonSummary) -> Page:
    """Return the page of several inputs together."""
    cells: list[tuple[Cell, ...]] = [
        (
            (row.method, ALERT if row.lift.high < 0 else PLAIN),
            (CONTROL if row.control else row.stage, QUIET),
            (str(row.files), QUIET),
            Bar(row.explained, QUIET if row.control else BAR),
            (f"{words.share(row.explained)} ±{row.spread:.3f}", PLAIN),
            (interval(row.lift), PLAIN),
            (interval(row.behind) if number else "best", PLAIN),
        )
        for number, row in enumerate(summary.methods)
    ]
    headers = ("method", "stage", "files>", "", "explained>", "lift>", "behind the best>")
    gloss = f"mean over {words.plural(summary.files, 'file')} ± standard deviation; [95 % bootstrap interval]"
    paired: Line = (("lift and distance to the best are paired: taken on each file, then averaged", QUIET),)
    return (
        (Section("All files", gloss, (Grid(headers, tuple(cells), spare=(2,)), paired)),),
        (Section("Verdict", "", (((summary.verdict, STRONG),),), framed=True),),
    )


def interval(of: Interval) -> str:
    """Return `+0.123 [+0.100, +0.150]`."""
    return f"{signed(of.mean)} [{signed(of.low)}, {signed(of.high)}]"
