"""The page and the document part of `tokcomp budget` over several files."""

from collections.abc import Sequence

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.folder import FileNeed, FixedBudget, FolderBudget
from tokcomp_cli.render import words
from tokcomp_cli.render.bars import ALERT, BAR, GOOD, PLAIN, QUIET, STRONG, Bar, Cell, Grid, Line
from tokcomp_cli.render.schema import Document
from tokcomp_cli.render.section import Page, Section

LISTED = 40
LONGEST_NAME = 40


def folder_page(found: FolderBudget) -> Page:
    """Return the page of several files: budgets, what each file needs, the verdict."""
    files = words.plural(len(found.needs), "file")
    body: list[Line | Grid] = [budgets(found), *(((note, PLAIN),) for note in found.notes)]
    gloss = f"{files} together, target {found.target:g}; [95 % bootstrap interval over files]"
    listed = _hardest_first(found.needs)
    rows: list[Line | Grid] = [needs(found, listed[:LISTED])]
    if len(listed) > LISTED:
        rows.append(((f"{len(listed) - LISTED} more need less; --json lists all", PLAIN),))
    what = f"tokens needed for {found.target:g}, hardest first; what the fixed and the adaptive budget keep"
    return (
        (Section("Budgets", gloss, tuple(body)),),
        (Section("Files", what, tuple(rows)),),
        (Section("Verdict", "", (((found.verdict, STRONG),),), framed=True),),
    )


def budgets(found: FolderBudget) -> Grid:
    """Return the budgets side by side: tokens, what they keep, and how many files reach the target."""
    files, rows = len(found.needs), []
    for name, fixed in (("fixed, mean", found.fixed), ("fixed, 9 in 10", found.most)):
        if fixed is not None:
            each = f"{words.count(fixed.tokens)} [{fixed.low}, {fixed.high}]"
            rows.append(_row(name, each, fixed.total, fixed.explained, fixed.reached, files))
    if (one := found.adaptive) is not None:
        saved = "" if one.saving is None else f"{one.saving:.0%} fewer"
        name = "adaptive, same mean" if saved else "adaptive, --total"
        rows.append(_row(name, saved, one.total, one.explained, one.reached, files))
    reaching = sum(need.needed is not None for need in found.needs)
    rows.append(_row("each its own need", "", found.needed, None, reaching, files))
    return Grid(("budget", "each>", "tokens in all>", "", "explained>", "reach it>"), tuple(rows))


def _row(
    name: str, each: str, total: int, explained: float | None, reached: int, files: int
) -> tuple[Cell, ...]:
    return (
        (name, PLAIN),
        (each, STRONG),
        (words.count(total), PLAIN),
        ("", QUIET) if explained is None else Bar(explained),
        ("", QUIET) if explained is None else (words.share(explained), PLAIN),
        (f"{reached} of {files}", GOOD if reached == files else PLAIN),
    )


def _hardest_first(needs_: Sequence[FileNeed]) -> list[FileNeed]:
    return sorted(needs_, key=lambda need: -1e18 if need.each is None else -need.each)


def needs(found: FolderBudget, listed: Sequence[FileNeed]) -> Grid:
    """Return what each file needs and has; those out of line are marked."""
    longest = max((need.each or 0 for need in found.needs), default=1) or 1
    several = any(need.merged_frames > 1 for need in found.needs)
    rows: list[tuple[Cell, ...]] = []
    for need in listed:
        style = ALERT if need.outlier == "above" or need.needed is None else PLAIN
        each = "out of reach" if need.each is None else f"{need.each:.3g}"
        rows.append(
            (
                (_short(need.path), style),
                (words.count(need.merged_frames) if several else "", QUIET),
                ("–" if need.needed is None else words.count(need.needed), style),
                (each if several or need.needed is None else "", QUIET),
                Bar((need.each or longest) / longest, style or BAR),
                (_share(need.explained_fixed), PLAIN),
                ("" if need.adaptive is None else words.count(need.adaptive), QUIET),
                (_share(need.explained_adaptive), QUIET),
                (_remark(need), style),
            )
        )
    headers = (
        "file",
        "merged>" if several else "",
        "needs>",
        "each>" if several else "",
        "",
        "fixed keeps>",
        "adaptive>",
        "keeps>",
        "",
    )
    grid = Grid(headers, tuple(rows), spare=(7, 6, 1))
    for index in reversed([at for at, header in enumerate(headers) if not header]):
        if all(_empty(row[index]) for row in rows):
            grid = grid.without(index)
    return grid


def _empty(cell: Cell) -> bool:
    return not isinstance(cell, Bar) and not cell[0]


def _remark(need: FileNeed) -> str:
    """Return what a reader should know of a file that stands out."""
    if need.bound:
        return "resolution-bound"
    return {"above": "far above", "below": "far below", None: ""}[need.outlier]


def _short(path: str) -> str:
    """Return the end of a path, which tells files apart."""
    shown = printable(path)
    return shown if len(shown) <= LONGEST_NAME else "…" + shown[1 - LONGEST_NAME :]


def _share(value: float | None) -> str:
    return "" if value is None else words.share(value)


def folder_document(found: FolderBudget) -> Document:
    """Return the `summary` of several files; `files` are in the order given."""
    return {
        "target": found.target,
        "fixed": _fixed(found.fixed),
        "fixed_nine_in_ten": _fixed(found.most),
        "adaptive": found.adaptive,
        "needed_tokens": found.needed,
        "files": [_need(need) for need in found.needs],
        "outliers": [need.path for need in found.needs if need.outlier],
        "notes": found.notes,
        "verdict": found.verdict,
    }


def _fixed(fixed: FixedBudget | None) -> Document | None:
    if fixed is None:
        return None
    return {
        "tokens_per_merged_frame": fixed.tokens,
        "interval": [fixed.low, fixed.high],
        "total": fixed.total,
        "explained": fixed.explained,
        "files_reached": fixed.reached,
    }


def _need(need: FileNeed) -> Document:
    return {
        "path": need.path,
        "original": need.original,
        "merged_frames": need.merged_frames,
        "needed": need.needed,
        "needed_per_merged_frame": need.each,
        "reachable": need.reachable,
        "explained_fixed": need.explained_fixed,
        "adaptive": need.adaptive,
        "explained_adaptive": need.explained_adaptive,
        "outlier": need.outlier,
        "resolution_bound": need.bound,
    }
