"""What many results come to: the page and the document."""

from collections.abc import Mapping

from tokcomp_cli.core.results.batch import BatchSummary, FolderSummary, Need, Spread
from tokcomp_cli.render import words
from tokcomp_cli.render.bars import ALERT, PLAIN, QUIET, STRONG, Bar, Cell, Grid, Line
from tokcomp_cli.render.schema import Document, meta
from tokcomp_cli.render.section import Page, Section

LISTED = 12  # folders and files on a page before it is shortened
SCHEMA = "tokcomp.summary"


def summary_document(summary: BatchSummary, timings_ms: Mapping[str, float]) -> Document:
    """Return the document of a summary.

    Args:
        summary: What the records come to.
        timings_ms: What was timed, by name; empty where nothing was.
    """
    return {
        "meta": meta(SCHEMA),
        "files": {
            "requested": summary.requested,
            "ok": summary.ok,
            "failed": summary.failed,
            "skipped": summary.skipped,
            "left": summary.left,
        },
        "errors": summary.errors,
        "tokens": {
            "original": summary.original,
            "llm_input": summary.llm_input,
            "last_layer": summary.last_layer,
            "reduction": 1 - summary.llm_input / summary.original if summary.original else None,
        },
        "reduction": summary.reduction,
        "explained": summary.explained,
        "difficulty": summary.difficulty,
        "bands": summary.bands,
        "budgets": summary.needs,
        "folders": summary.folders,
        "look": summary.look,
        "looks": summary.looks,
        "timings_ms": timings_ms,
    }


def batch_page(summary: BatchSummary) -> Page:
    """Return the short page that a batch ends with."""
    body: list[Line | Grid] = [Grid(("", ""), (*_counts(summary), *_tokens(summary), *_budgets(summary)))]
    if summary.looks:
        verb = "needs" if summary.looks == 1 else "need"
        body.append(((f"{words.plural(summary.looks, 'file')} {verb} a look: tokcomp summarize", QUIET),))
    return ((Section("tokcomp batch", "", tuple(body), framed=True),),)


def summary_page(summary: BatchSummary) -> Page:
    """Return the page of `tokcomp summarize`."""
    rows = (*_counts(summary), *_tokens(summary), *_budgets(summary))
    page: list[tuple[Section, ...]] = [
        (Section("tokcomp summarize", "", (Grid(("", ""), rows),), framed=True),),
    ]
    if summary.ok:
        page += [(_spreads(summary),), (_bands(summary),)]
    if len(summary.folders) > 1:
        page.append((_folders(summary.folders),))
    if summary.look:
        page.append((_look(summary),))
    return tuple(page)


def _counts(summary: BatchSummary) -> tuple[tuple[Cell, ...], ...]:
    parts = [f"{words.count(summary.ok)} ok"]
    if summary.failed:
        kinds = ", ".join(f"{words.count(many)} {kind}" for kind, many in summary.errors.items())
        parts.append(f"{words.count(summary.failed)} failed ({kinds})")
    if summary.left:
        parts.append(f"{words.count(summary.left)} not reached")
    if summary.skipped:
        parts.append(f"{words.count(summary.skipped)} of them were there already")
    style = ALERT if summary.failed or summary.left else PLAIN
    return ((("files", QUIET), (f"{words.count(summary.requested)}: " + ", ".join(parts), style)),)


def _tokens(summary: BatchSummary) -> tuple[tuple[Cell, ...], ...]:
    if not summary.original:
        return ()
    saved = words.less(1 - summary.llm_input / summary.original)
    text = f"{words.count(summary.original)} → {words.count(summary.llm_input)} at the LLM input ({saved})"
    return ((("tokens", QUIET), (text, STRONG)),)


def _budgets(summary: BatchSummary) -> tuple[tuple[Cell, ...], ...]:
    return tuple((("enough", QUIET), (need_words(need), PLAIN)) for need in summary.needs)


def need_words(need: Need) -> str:
    """Return what budget is enough, in words."""
    who = f"{need.percentile}% of {words.plural(need.files, need.kind.removesuffix('s'))}"
    if need.tokens is None or need.share is None:
        never = f"{words.count(need.unreached)} of {words.plural(need.files, need.kind.removesuffix('s'))}"
        return f"no budget is enough for {never} to keep {need.target:g} of the content"
    each = f"at most {words.plural(need.tokens, 'token')}, " if need.kind == "pictures" else ""
    share = f"{each}{100 * need.share:.1f}% of their tokens"
    never = f"; {words.count(need.unreached)} never do" if need.unreached else ""
    return f"{who} keep {need.target:g} of the content with {share}{never}"


def _spreads(summary: BatchSummary) -> Section:
    figures = (
        ("tokens saved", summary.reduction),
        ("content kept", summary.explained),
        ("difficulty", summary.difficulty),
    )
    rows = tuple(_spread(name, spread) for name, spread in figures if spread is not None)
    headers = ("figure", "", "median>", "mean>", "least>", "10%>", "90%>", "most>")
    return Section("Spread", f"over {words.plural(summary.ok, 'file')}", (Grid(headers, rows, spare=(3,)),))


def _spread(name: str, of: Spread) -> tuple[Cell, ...]:
    rest = (of.mean, of.least, of.p10, of.p90, of.most)
    return (
        (name, PLAIN),
        Bar(of.p50),
        (words.share(of.p50), STRONG),
        *((words.share(value), QUIET) for value in rest),
    )


def _bands(summary: BatchSummary) -> Section:
    rows = tuple(
        ((band, PLAIN), Bar(files / summary.ok), (words.count(files), PLAIN))
        for band, files in summary.bands.items()
    )
    return Section("Difficulty", "files by band", (Grid(("", "", "files>"), rows),))


def _folders(folders: tuple[FolderSummary, ...]) -> Section:
    largest = max(folder.original for folder in folders) or 1
    rows = tuple(
        (
            (folder.folder, PLAIN),
            (words.count(folder.ok), PLAIN),
            (words.count(folder.failed), ALERT if folder.failed else QUIET),
            Bar(folder.original / largest),
            (words.count(folder.original), QUIET),
            (words.count(folder.llm_input), PLAIN),
            (_share(folder.explained), PLAIN),
            (_share(folder.difficulty), QUIET),
        )
        for folder in folders[:LISTED]
    )
    headers = ("folder", "ok>", "failed>", "", "tokens>", "LLM input>", "explained>", "difficulty>")
    body: list[Line | Grid] = [Grid(headers, rows, spare=(7, 4))]
    if len(folders) > LISTED:
        body.append(
            ((f"{words.plural(len(folders) - LISTED, 'more folder')} not shown; --json has all", PLAIN),)
        )
    return Section("Folders", "explained and difficulty are means over files", tuple(body))


def _share(value: float | None) -> str:
    return "" if value is None else words.share(value)


def _look(summary: BatchSummary) -> Section:
    lines: list[Line] = [((f"{look.path}: ", STRONG), (look.why, PLAIN)) for look in summary.look[:LISTED]]
    if summary.looks > LISTED:
        lines.append(((f"{words.count(summary.looks - LISTED)} more not shown; --json lists them", PLAIN),))
    return Section("Look at", words.plural(summary.looks, "file"), tuple(lines))
