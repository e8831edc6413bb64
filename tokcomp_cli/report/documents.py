"""Documents of earlier runs: what `--json` printed, or the lines of a batch."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.schema import compare
from tokcomp_cli.render.schema.document import SCHEMA_VERSION

Record = Mapping[str, Any]
SINGLE = {
    "tokcomp.analysis": SCHEMA_VERSION,
    "tokcomp.budget": SCHEMA_VERSION,
    "tokcomp.compare": compare.VERSION,
}
SEVERAL = {
    "tokcomp.analyses": SCHEMA_VERSION,
    "tokcomp.budgets": SCHEMA_VERSION,
    "tokcomp.comparisons": compare.VERSION,
}
LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Documents:
    """What was read.

    Attributes:
        records: One an input, failures included.
        summaries: What several inputs come to together, where a document says so.
        notes: What was left out.
    """

    records: tuple[Record, ...]
    summaries: tuple[Record, ...] = ()
    notes: tuple[str, ...] = ()


def read_documents(paths: Sequence[str]) -> Documents:
    """Return the records in files that `--json` or `batch` wrote, in order.

    Raises:
        PlanError: A file cannot be read, is no result of tokcomp, or one of a newer version.
    """
    notes: list[str] = []
    found = [documents_of(document, path) for path in paths for document in _in_file(path, notes)]
    records = tuple(record for one in found for record in one.records)
    if not records:
        names = ", ".join(map(printable, paths))
        raise PlanError(f"{names}: no result is there to show; name what --json printed or batch wrote")
    summaries = tuple(summary for one in found for summary in one.summaries)
    return Documents(records, summaries, tuple(notes))


def documents_of(document: object, where: str) -> Documents:
    """Return the records of one document.

    Args:
        document: In JSON's own types.
        where: Its file, for errors.

    Raises:
        PlanError: It is no result of tokcomp, or one of a newer version.
    """
    found = checked(document, where)
    if found["meta"]["schema"] not in SEVERAL:
        return Documents((found,))
    summary = found.get("summary")
    return Documents(tuple(found.get("results") or ()), (summary,) if summary else ())


def _in_file(path: str, notes: list[str]) -> Iterator[object]:
    shown = printable(path)
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise PlanError(
            f"cannot read '{shown}' ({reason}); name what --json printed or batch wrote"
        ) from error
    if not path.lower().endswith(LINES):
        yield _parsed(text, shown)
        return
    lines = text.split("\n")
    if lines[-1]:
        notes.append(f"the last line of {shown} is torn and left out")
    for number, line in enumerate(lines[:-1], start=1):
        if line.strip():
            yield _parsed(line, f"{shown}, line {number}")


def _parsed(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"'{where}' is no JSON ({error}); name what --json printed or batch wrote") from error


def checked(document: object, where: str) -> Record:
    """Return a document of a schema and version that can be shown.

    Raises:
        PlanError: It is none.
    """
    shown = printable(where)
    about = document.get("meta") if isinstance(document, dict) else None
    schema = about.get("schema") if isinstance(about, dict) else None
    known = SINGLE | SEVERAL
    if not isinstance(document, dict) or not isinstance(about, dict) or not isinstance(schema, str):
        raise PlanError(f"'{shown}' is no result of tokcomp: it has no `meta.schema`; use --json to make one")
    if schema not in known:
        names = ", ".join(sorted(known))
        raise PlanError(f"'{shown}' is {printable(schema)!r}; a page is made of {names}")
    version = about.get("schema_version")
    if not isinstance(version, int) or version > known[schema]:
        raise PlanError(
            f"'{shown}' has schema version {version!r} of {schema}; this tokcomp reads up to "
            f"{known[schema]}: take a newer tokcomp, or make the result again"
        )
    if version < known[schema]:
        raise PlanError(
            f"'{shown}' has schema version {version} of {schema}, now {known[schema]}; make it again"
        )
    return document
