"""The page of `budget` over several files."""

from collections.abc import Sequence

from rich.console import RenderableType

from tokcomp_cli.core.results.folder import FileNeed, FolderBudget
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import share, target
from tokcomp_cli.render.console.layout import ALERT, BAR, GOOD, PLAIN, QUIET, STRONG, Page, Section, words
from tokcomp_cli.render.console.table import Bar, Cell, FittedTable

LISTED = 40


def folder_page(found: FolderBudget) -> Page:
    """Return the page of several files: the verdict, budgets, what each file needs."""
    files, wanted = plural(len(found.needs), "file"), target(found.target)
    gloss = f"{files} together, target {wanted}; [95% bootstrap interval over files]"
    listed = _hardest_first(found.needs)
    rows: list[RenderableType] = [needs(found, listed[:LISTED])]
    if len(listed) > LISTED:
        rows.append(words(f"{len(listed) - LISTED} more need less; --json lists all"))
    return [
        Section("tokcomp budget", "", (words((found.verdict, STRONG)),), framed=True),
        Section("Budgets", gloss, [budgets(found), *(words(note) for note in found.notes)]),
        Section("Files", f"tokens needed to keep {wanted}, hardest first", rows),
    ]


def budgets(found: FolderBudget) -> FittedTable:
    """Return the budgets side by side: tokens, what they keep, and how many files reach the target."""
    files, rows = len(found.needs), []
    for name, fixed in (("fixed, mean", found.fixed), ("fixed, enough for 90% of files", found.most)):
        if fixed is not None:
            each = f"{count(fixed.tokens)} [{count(fixed.low)}, {count(fixed.high)}]"
            rows.append(_row(name, each, fixed.total, fixed.explained, fixed.reached, files))
    if (one := found.adaptive) is not None:
        saved = "" if one.saving is None else f"{share(one.saving)} fewer"
        name = "adaptive, same mean" if saved else "adaptive, --total"
        rows.append(_row(name, saved, one.total, one.explained, one.reached, files))
    reaching = sum(need.needed is not None for need in found.needs)
    rows.append(_row("each file what it needs", "", found.needed, None, reaching, files))
    headers = ("budget", "tokens each>", "tokens in all>", "", "content kept>", "reach it>")
    return FittedTable(headers, rows)


def _row(
    name: str, each: str, total: int, explained: float | None, reached: int, files: int
) -> tuple[Cell, ...]:
    return (
        name,
        (each, STRONG),
        count(total),
        "" if explained is None else Bar(explained),
        "" if explained is None else share(explained),
        (f"{reached} of {files}", GOOD if reached == files else PLAIN),
    )


def _hardest_first(needs_: Sequence[FileNeed]) -> list[FileNeed]:
    return sorted(needs_, key=lambda need: -1e18 if need.each is None else -need.each)


def needs(found: FolderBudget, listed: Sequence[FileNeed]) -> FittedTable:
    """Return what each file needs, what each budget keeps of it, and a remark on outliers."""
    longest = max((need.each or 0 for need in found.needs), default=1) or 1
    several = any(need.merged_frames > 1 for need in found.needs)
    rows: list[tuple[Cell, ...]] = []
    for need in listed:
        style = ALERT if need.outlier == "above" or need.needed is None else PLAIN
        rows.append(
            (
                (need.path, style),
                (count(need.merged_frames) if several else "", QUIET),
                ("–" if need.needed is None else count(need.needed), style),
                ("" if need.each is None or not several else f"{need.each:.3g}", QUIET),
                Bar((need.each or longest) / longest, style or BAR),
                _share(need.explained_fixed),
                ("" if need.adaptive is None else count(need.adaptive), QUIET),
                (_share(need.explained_adaptive), QUIET),
                (_remark(need), style),
            )
        )
    headers = ("file", *("merged frames>", "needs>", "a frame>")) if several else ("file", "", "needs>", "")
    return FittedTable(
        (*headers, "", "fixed keeps>", "adaptive tokens>", "adaptive keeps>", ""),
        rows,
        spare=(1,),
        clipped=(0,),
    )


def _remark(need: FileNeed) -> str:
    """Return what a reader should know of an outlier."""
    if need.needed is None:
        return "out of reach"
    if need.bound:
        return "bound by resolution"
    return {"above": "far above", "below": "far below", None: ""}[need.outlier]


def _share(value: float | None) -> str:
    return "" if value is None else share(value)
