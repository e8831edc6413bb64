"""The pages of `batch` and `summarize`."""

from collections.abc import Callable, Sequence

from rich.console import RenderableType

from tokcomp_cli.core.results.batch import BatchSummary, FolderSummary, Need, Spread
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import decimal, fewer, share, target
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

LISTED = 12  # folders and files on a page before it is shortened
FEW = 10  # files of which nine in ten are all


def batch_page(summary: BatchSummary) -> Page:
    """Return the short page that a batch ends with."""
    body: list[RenderableType] = [_totals(summary)]
    if summary.looks:
        verb = "needs" if summary.looks == 1 else "need"
        body.append(words((f"{plural(summary.looks, 'file')} {verb} a look: tokcomp summarize", QUIET)))
    return [Section("tokcomp batch", "", body, framed=True)]


def summary_page(summary: BatchSummary) -> Page:
    """Return the page of `tokcomp summarize`."""
    page = [Section("tokcomp summarize", "", (_totals(summary),), framed=True)]
    if summary.look:
        page.append(_flagged(summary))
    if summary.ok:
        page += [_spreads(summary), _bands(summary)]
    if len(summary.folders) > 1:
        page.append(_folders(summary.folders))
    return page


def _totals(summary: BatchSummary) -> FittedTable:
    parts = [f"{count(summary.ok)} ok"]
    if summary.failed:
        kinds = ", ".join(f"{count(many)} {kind}" for kind, many in summary.errors.items())
        parts.append(f"{count(summary.failed)} failed ({kinds})")
    if summary.left:
        parts.append(f"{count(summary.left)} not reached")
    if summary.skipped:
        parts.append(f"{count(summary.skipped)} of them were there already")
    style = ALERT if summary.failed or summary.left else PLAIN
    rows: list[tuple[str, Part]] = [("files", (f"{count(summary.requested)}: {', '.join(parts)}", style))]
    if summary.original:
        saved = fewer(1 - summary.llm_input / summary.original)
        text = f"{count(summary.original)} → {count(summary.llm_input)} at the LLM input ({saved})"
        rows.append(("tokens", (text, STRONG)))
    return facts(*rows, *(("enough", need_words(need)) for need in summary.needs))


def need_words(need: Need) -> str:
    """Return what budget is enough, in words."""
    noun, wanted = need.kind.removesuffix("s"), target(need.target)
    of_files = f"{count(need.unreached)} of {plural(need.files, noun)}"
    if need.tokens is None or need.share is None:
        return f"no budget keeps {wanted} of the content of {of_files}"
    who = f"{need.percentile}% of {plural(need.files, noun)}"
    if need.files < FEW:
        who = f"the {noun}" if need.files == 1 else f"all {plural(need.files, noun)}"
    tokens = f"{share(need.share)} of the tokens keep"
    if need.kind == "pictures":
        tokens = f"{plural(need.tokens, 'token')} ({share(need.share)}) keep{'s' if need.tokens == 1 else ''}"
    text = f"{tokens} {wanted} of the content of {who}"
    return f"{text}; none is enough for {count(need.unreached)}" if need.unreached else text


def _spreads(summary: BatchSummary) -> Section:
    rows = [
        _spread(name, spread, shown)
        for name, spread, shown in (
            ("tokens saved", summary.reduction, share),
            ("content kept", summary.explained, share),
            ("difficulty", summary.difficulty, decimal),
        )
        if spread is not None
    ]
    headers = ("figure", "", "median>", "mean>", "least>", "10%>", "90%>", "most>")
    return Section("Spread", f"over {plural(summary.ok, 'file')}", (FittedTable(headers, rows, spare=(3,)),))


def _spread(name: str, of: Spread, shown: Callable[[float], str]) -> tuple[Cell, ...]:
    rest = (of.mean, of.least, of.p10, of.p90, of.most)
    return name, Bar(of.p50), (shown(of.p50), STRONG), *((shown(value), QUIET) for value in rest)


def _bands(summary: BatchSummary) -> Section:
    rows = [(band, Bar(files / summary.ok), count(files)) for band, files in summary.bands.items()]
    return Section("Difficulty", "files by band", (FittedTable(("band", "", "files>"), rows),))


def _folders(folders: Sequence[FolderSummary]) -> Section:
    largest = max(folder.original for folder in folders) or 1
    rows: list[tuple[Cell, ...]] = [
        (
            folder.folder,
            count(folder.ok),
            (count(folder.failed), ALERT if folder.failed else QUIET),
            Bar(folder.original / largest),
            (count(folder.original), QUIET),
            count(folder.llm_input),
            "" if folder.explained is None else (share(folder.explained), loss_style(folder.explained)),
            ("" if folder.difficulty is None else decimal(folder.difficulty), QUIET),
        )
        for folder in folders[:LISTED]
    ]
    headers = ("folder", "ok>", "failed>", "", "tokens>", "LLM input>", "content kept>", "difficulty>")
    body: list[RenderableType] = [FittedTable(headers, rows, spare=(7, 4), clipped=(0,))]
    if len(folders) > LISTED:
        body.append(words(f"{plural(len(folders) - LISTED, 'more folder')} not shown; --json has all"))
    return Section("Folders", "shares and scores are means over files", body)


def _flagged(summary: BatchSummary) -> Section:
    lines = [words((f"{look.path}: ", STRONG), look.why) for look in summary.look[:LISTED]]
    if summary.looks > LISTED:
        lines.append(words(f"{count(summary.looks - LISTED)} more not shown; --json lists them"))
    return Section("Look at", plural(summary.looks, "file"), lines)
