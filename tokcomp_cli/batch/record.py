"""One record an input: what a line of the output holds."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.errors import ContractError, EncoderError, MediaError, PlanError, TokcompError
from tokcomp_cli.plan.flags import with_flags
from tokcomp_cli.render.schema import Document, advice_document, analysis_document, dumps, meta

if TYPE_CHECKING:
    from tokcomp_cli.batch.job import Stamp

SCHEMA = "tokcomp.analysis"
# First bytes of every line; by them a torn line is told from a file that is none of ours.
LINE_START = b'{"path": '
_TYPES: dict[type[TokcompError], str] = {
    MediaError: "media",
    EncoderError: "encoder",
    PlanError: "plan",
    ContractError: "contract",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file was when it was looked at: bytes and microseconds since 1970, or None where it is gone."""

    size_bytes: int | None
    modified_us: int | None

    @classmethod
    def at(cls, path: str) -> "Seen":
        """Return what the file at a path is now."""
        try:
            status = Path(path).stat()
        except (OSError, ValueError):
            return cls(None, None)
        return cls(status.st_size, status.st_mtime_ns // 1000)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an input failed.

    Attributes:
        type: `media`, `timeout`, `crash`, `memory`, `changed`, `plan`, `encoder`, `contract`, `unexpected`.
        message: One sentence.
    """

    type: str
    message: str


def trouble_of(error: Exception) -> Trouble:
    """Return what an error of the run is called in a record."""
    if isinstance(error, TokcompError):
        return Trouble(_TYPES.get(type(error), "unexpected"), with_flags(str(error)))
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return Trouble("memory", "a worker's memory was expected to hold the file, but there was not enough")
    kind = type(error).__name__
    return Trouble("unexpected", f"{kind}: {error}; this is a bug, tokcomp analyze --debug shows where")


def findings(analysis: Analysis, *, maps: bool, saved: str | None) -> Document:
    """Return what a record says of an input that is done, besides path and status; timings come last."""
    document = analysis_document(analysis, schema=SCHEMA, maps=maps)
    timings = document.pop("timings_ms")
    document |= advice_document(analysis)
    if saved is not None:
        document["saved"] = saved
    return document | {"timings_ms": timings}


def record_of(path: str, seen: Seen, stamp: "Stamp", outcome: Document | Trouble) -> Document:
    """Return the record of an input; keys always come in this order.

    Args:
        path: As it was given.
        seen: The file before it was read; one that has changed since is a failure.
        stamp: What its settings and weights are.
        outcome: What `findings` returned, or why there is nothing.
    """
    now = Seen.at(path)
    if now != seen and not isinstance(outcome, Trouble):
        what = "removed" if now.size_bytes is None else "changed"
        outcome = Trouble("changed", f"the file was {what} while it was read; run again with --resume")
    about: Document = {
        "size_bytes": seen.size_bytes,
        "modified_us": seen.modified_us,
        "settings_sha256": stamp.settings_sha256,
        "weights_sha256": stamp.weights_sha256,
        "settings": stamp.settings,
    }
    if isinstance(outcome, Trouble):
        error = {"type": outcome.type, "message": outcome.message}
        return {"path": path, "status": "failed", "error": error, "batch": about, "meta": meta(SCHEMA)}
    return {"path": path, "status": "ok", "batch": about, **outcome}


def line_of(record: Document) -> bytes:
    """Return a record as its line."""
    return dumps(record, indent=None).encode("ascii") + b"\n"


def key_of(path: str) -> str:
    """Return what a path is known by in an output: `./a.jpg` and `a.jpg` are one."""
    return os.path.normpath(path)


def seen_of(record: Mapping[str, object]) -> Seen:
    """Return what a record's file was when it was read."""
    about = block(record, "batch")
    return Seen(cast("int | None", about.get("size_bytes")), cast("int | None", about.get("modified_us")))


def failed(record: Mapping[str, object]) -> bool:
    """Return whether a record is of an input that failed."""
    return record["status"] == "failed"


def block(record: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return one of a record's objects, empty where it has none."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def number(record: Mapping[str, object], name: str) -> float:
    """Return one of an object's numbers, NaN where it has none."""
    found = record.get(name)
    return float(found) if isinstance(found, int | float) else math.nan
