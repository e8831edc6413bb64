"""The page of documents: of one file, of a comparison, or of many files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.comparison import Comparison
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.page.comparison_page import MOST_DRAWN, comparison_page
from tokcomp_cli.render.page.file_page import file_page
from tokcomp_cli.render.page.many_page import FileRow, file_row, many_page, outliers
from tokcomp_cli.render.page.picture import PagePicture
from tokcomp_cli.render.restore.analysis import analysis_of
from tokcomp_cli.render.restore.comparison import comparison_of
from tokcomp_cli.render.restore.objects import restored
from tokcomp_cli.report.command_words import command_words
from tokcomp_cli.report.documents import Documents
from tokcomp_cli.report.frame_pictures import frame_pictures, picture_at


@dataclass(frozen=True, slots=True)
class _Tokens:
    original: int
    llm_input: int


@dataclass(frozen=True, slots=True)
class _Counts:
    """What a row takes from a record beside the analysis."""

    tokens: _Tokens
    fidelity: dict[str, object]
    recommended: dict[str, object] | None = None


def page_of(found: Documents) -> str:
    """Return the page of what was read; pictures come from the files that it names.

    Raises:
        PlanError: A document is not what this version writes, or documents of different kinds are mixed.
    """
    records = found.records
    compared = [record for record in records if _schema(record) == "tokcomp.compare"]
    if compared and len(compared) == sum(record.get("status", "ok") == "ok" for record in records):
        return _comparisons(found)
    if len(records) == 1 and records[0].get("status", "ok") == "ok":
        command = "budget" if _schema(records[0]) == "tokcomp.budget" else "analyze"
        return page_of_analysis(analysis_of(records[0]), command)
    rows = [_row(record) for record in records]
    return many_page(rows, summaries=found.summaries, notes=found.notes, pictures=_of_outliers(rows, records))


def _row(record: Mapping[str, Any]) -> FileRow:
    """Return the row of a record; of one that this version did not write, what is wrong with it."""
    if not record.get("error"):
        try:
            analysis_of(record)
            restored(_Counts, record, "record")
        except PlanError as error:
            return FileRow(str(record.get("path", "?")), error=f"no record to read: {error}")
    return file_row(record)


def page_of_analysis(analysis: Analysis, command: str) -> str:
    """Return the page of an analysis that a command made."""
    seen = frame_pictures(analysis)
    words = command_words(analysis, command)
    return file_page(analysis, pictures=seen.pictures, command=words, without=seen.without)


def framed(page: str) -> str:
    """Return a page as an element that a notebook shows; its script reaches nothing outside."""
    held = str(escape(page))
    return f'<iframe srcdoc="{held}" sandbox="allow-scripts" width="100%" height="720"></iframe>'


def page_of_comparisons(
    done: Sequence[Comparison],
    *,
    failed: Sequence[tuple[str, str]] = (),
    summaries: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the page of comparisons; arguments as `comparison_page`."""
    pictures = {at: picture for at, one in enumerate(done[:MOST_DRAWN]) if (picture := _of_comparison(one))}
    return comparison_page(done, pictures=pictures, failed=failed, summaries=summaries)


def _schema(record: Mapping[str, Any]) -> str | None:
    schema: str | None = (record.get("meta") or {}).get("schema")
    return schema


def _comparisons(found: Documents) -> str:
    done = [comparison_of(record) for record in found.records if record.get("status", "ok") == "ok"]
    failed = [
        (str(one.get("path")), str(one["error"]["message"])) for one in found.records if one.get("error")
    ]
    return page_of_comparisons(done, failed=failed, summaries=found.summaries)


def _of_comparison(found: Comparison) -> PagePicture | None:
    if found.media is None or found.mapped_frame is None:
        return None
    return picture_at(found.media, found.encoder, found.mapped_frame)


def _of_outliers(rows: list[FileRow], records: tuple[Mapping[str, Any], ...]) -> dict[int, PagePicture]:
    """Return a picture of each file that stands out, by its row."""
    found = dict[int, PagePicture]()
    for at in outliers(rows):
        for picture in frame_pictures(analysis_of(records[at]), most=1).pictures.values():
            found[at] = picture
    return found
