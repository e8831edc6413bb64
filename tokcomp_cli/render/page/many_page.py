"""The page of many files: a table to sort and filter, distributions, the folder's curve, what stands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.curve import CurvePoint
from tokcomp_cli.core.rounding import plural
from tokcomp_cli.core.shares import decimal, loss, share
from tokcomp_cli.render.page.charts import CurveDrawing, curve_drawing
from tokcomp_cli.render.page.environment import page
from tokcomp_cli.render.page.file_details import details_of
from tokcomp_cli.render.page.folder_curve import FolderCurve, folder_curve
from tokcomp_cli.render.page.headline import FIRST
from tokcomp_cli.render.page.picture import PagePicture

OUTLIERS, BINS = 12, 20
STATIC = 200
"""Files whose verdict can be read without the script; it builds the sections of the others."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of many; None where it was not measured.

    Attributes:
        path: As given.
        error: Why it failed, or None.
        kind: Image, animation or video.
        original, llm_input: Tokens before and after.
        kept: Share of the content kept.
        weakest: Of the weakest moment or region.
        needed: Fewest tokens for the target.
        difficulty: Score.
        verdict: In plain words.
        curve: Tokens a merged frame and what they keep, where the document has a curve.
        details: What the script builds its section from; None for one that failed.
    """

    path: str
    error: str | None = None
    kind: str = ""
    original: int | None = None
    llm_input: int | None = None
    kept: float | None = None
    weakest: float | None = None
    needed: int | None = None
    difficulty: float | None = None
    verdict: str = ""
    curve: tuple[tuple[float, float], ...] = ()
    details: Mapping[str, Any] | None = None

    @property
    def reduction(self) -> float | None:
        """Return the share of tokens that are gone."""
        if self.original is None or self.llm_input is None:
            return None
        return 1 - self.llm_input / self.original


@dataclass(frozen=True, slots=True)
class Histogram:
    """How a figure is distributed: shares of the highest bar in even bins, a sentence, the upper end."""

    name: str
    bars: tuple[float, ...]
    words: str
    most: str


def file_row(record: Mapping[str, Any]) -> FileRow:
    """Return the row of a document, a record of several, or a line of a batch."""
    media = record.get("media") or {}
    path = str(record.get("path") or media.get("path") or "?")
    if record.get("error"):
        error = record["error"]
        return FileRow(path, error=f"{error.get('type')}: {error.get('message')}")
    tokens, timeline = record.get("tokens") or {}, record.get("timeline") or [None]
    points = record.get("curve") or []
    return FileRow(
        path=path,
        kind=str(media.get("kind", "")),
        original=tokens.get("original"),
        llm_input=tokens.get("llm_input"),
        kept=(record.get("fidelity") or {}).get(FIRST),
        weakest=(record.get("weakest") or {}).get("explained"),
        needed=(record.get("recommended") or {}).get("tokens"),
        difficulty=(record.get("difficulty") or {}).get("score"),
        verdict=str(record.get("verdict", "")),
        curve=tuple((point["tokens"] / len(timeline), point["explained"]) for point in points),
        details=record,
    )


def outliers(rows: Sequence[FileRow]) -> list[int]:
    """Return the rows of the files that keep least, worst first: those that lose much, at most `OUTLIERS`."""
    kept = [(row.kept, at) for at, row in enumerate(rows) if row.kept is not None]
    middle = median(value for value, _ in kept) if kept else 0.0
    far = [at for value, at in sorted(kept) if loss(value) != "little" and value < middle]
    return far[:OUTLIERS]


def many_page(
    rows: Sequence[FileRow],
    *,
    summaries: Sequence[Mapping[str, Any]] = (),
    notes: Sequence[str] = (),
    pictures: Mapping[int, PagePicture] | None = None,
) -> str:
    """Return the page of many files.

    Args:
        rows: In the order given.
        summaries: What they come to together, where a document says so.
        notes: What was left out.
        pictures: Of files that stand out, by row.
    """
    done = [row for row in rows if row.error is None]
    before, after = (sum(value or 0 for value in column) for column in _tokens(done))
    curve = folder_curve([row.curve for row in done if row.curve])
    return page(
        "many.html",
        title=f"{plural(len(rows), 'file')} · tokcomp",
        data={"files": [_details(at, row) for at, row in enumerate(rows)]},
        static=STATIC,
        rows=list(enumerate(rows)),
        done=len(done),
        failed=len(rows) - len(done),
        before=before,
        after=after,
        reduction=1 - after / before if before else 0.0,
        kept=_mean([row.kept for row in done]),
        verdicts=[str(one["verdict"]) for one in summaries if one.get("verdict")],
        histograms=_histograms(done),
        curve=curve,
        axes=None if curve is None else _axes(curve),
        outliers=[(at, rows[at]) for at in outliers(rows)],
        pictures=pictures or {},
        notes=notes,
    )


def _details(at: int, row: FileRow) -> list[object]:
    """Return what the script needs beside the table; the verdict only where the page does not hold it."""
    if row.details is None:
        return [printable(row.error or "") if at >= STATIC else ""]
    return details_of(row.details, verdict=at >= STATIC)


def _tokens(rows: Sequence[FileRow]) -> tuple[list[int | None], list[int | None]]:
    return [row.original for row in rows], [row.llm_input for row in rows]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _axes(curve: FolderCurve) -> CurveDrawing:
    points = [CurvePoint(round(tokens), mean) for tokens, mean in zip(curve.tokens, curve.mean, strict=True)]
    return curve_drawing(points, min(curve.low))


def _histograms(rows: Sequence[FileRow]) -> list[Histogram]:
    columns = {
        "content kept": [row.kept for row in rows],
        "tokens saved": [row.reduction for row in rows],
        "weakest moment or region": [row.weakest for row in rows],
        "difficulty": [row.difficulty for row in rows],
    }
    return [made for name, values in columns.items() if (made := _histogram(name, values)) is not None]


def _histogram(name: str, values: Sequence[float | None]) -> Histogram | None:
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    counts = [0] * BINS
    for value in known:
        counts[min(max(int(value * BINS), 0), BINS - 1)] += 1
    score = name == "difficulty"
    shown = partial(decimal, places=2) if score else share
    words = f"median {shown(median(known))}, from {shown(known[0])} to {shown(known[-1])}"
    return Histogram(name, tuple(one / max(counts) for one in counts), words, "1" if score else "100%")
