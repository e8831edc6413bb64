"""One record an input: what a line of the output holds."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.errors import ContractError, EncoderError, MediaError, OutputError, PlanError, TokcompError
from tokcomp_cli.plan.flags import with_flags
from tokcomp_cli.render.restore.objects import LARGEST
from tokcomp_cli.render.schema.analysis import advice_document, analysis_document
from tokcomp_cli.render.schema.document import Document, dumps, meta

if TYPE_CHECKING:
    from tokcomp_cli.batching.job import SettingsHash

SCHEMA = "tokcomp.analysis"
LINE_START = b'{"path": '  # of every line: tells a torn line from a file that no batch wrote

Cause = Literal[
    "media", "timeout", "crash", "memory", "changed", "plan", "encoder", "contract", "output", "unexpected"
]
_CAUSES: dict[type[TokcompError], Cause] = {
    MediaError: "media",
    EncoderError: "encoder",
    PlanError: "plan",
    ContractError: "contract",
    OutputError: "output",
}


@dataclass(frozen=True, slots=True)
class FileStat:
    """A file's bytes and its time of change in microseconds since 1970; None for a file that is gone."""

    size_bytes: int | None
    modified_us: int | None

    @classmethod
    def at(cls, path: str) -> "FileStat":
        """Return those of the file at a path."""
        try:
            status = Path(path).stat()
        except (OSError, ValueError):
            return cls(None, None)
        return cls(status.st_size, status.st_mtime_ns // 1000)

    @classmethod
    def of_record(cls, record: Mapping[str, object]) -> "FileStat":
        """Return those that a record's file had when it was read."""
        about = block(record, "batch")
        return cls(cast("int | None", about.get("size_bytes")), cast("int | None", about.get("modified_us")))


@dataclass(frozen=True, slots=True)
class FailureReason:
    """Why an input failed: the kind of cause, and one sentence."""

    type: Cause
    message: str


def reason_of(error: Exception) -> FailureReason:
    """Return why an input failed whose run raised an error."""
    if isinstance(error, TokcompError):
        return FailureReason(_CAUSES.get(type(error), "unexpected"), with_flags(str(error)))
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        message = "a worker's memory was expected to hold the file, but there was not enough"
        return FailureReason("memory", message)
    kind = type(error).__name__
    return FailureReason("unexpected", f"{kind}: {error}; this is a bug, tokcomp analyze --debug shows where")


def findings(analysis: Analysis, *, maps: bool, saved: str | None) -> Document:
    """Return what a record says of an input that succeeded, besides path and status; timings come last."""
    document = analysis_document(analysis, schema=SCHEMA, maps=maps)
    timings = document.pop("timings_ms")
    document |= advice_document(analysis)
    if saved is not None:
        document["saved"] = saved
    return document | {"timings_ms": timings}


def record_of(
    path: str, stat: FileStat, settings: "SettingsHash", outcome: Document | FailureReason
) -> Document:
    """Return the record of an input; keys always come in this order.

    Args:
        path: As it was given.
        stat: Of the file before it was read; a file that has changed since is a failure.
        settings: Of the batch.
        outcome: What `findings` returned, or why there is nothing.
    """
    now = FileStat.at(path)
    if now != stat and not isinstance(outcome, FailureReason):
        what = "removed" if now.size_bytes is None else "changed"
        message = f"the file was {what} while it was read; run again with --resume"
        outcome = FailureReason("changed", message)
    about: Document = {
        "size_bytes": stat.size_bytes,
        "modified_us": stat.modified_us,
        "settings_sha256": settings.settings_sha256,
        "weights_sha256": settings.weights_sha256,
        "settings": settings.settings,
    }
    if isinstance(outcome, FailureReason):
        error = {"type": outcome.type, "message": outcome.message}
        return {"path": path, "status": "failed", "error": error, "batch": about, "meta": meta(SCHEMA)}
    return {"path": path, "status": "ok", "batch": about, **outcome}


def line_of(record: Document) -> bytes:
    """Return a record as its line."""
    return dumps(record, indent=None).encode("ascii") + b"\n"


def failed(record: Mapping[str, object]) -> bool:
    """Return whether a record is of an input that failed."""
    return record["status"] == "failed"


def path_key(path: str) -> str:
    """Return the key of a path in an output: `./a.jpg` and `a.jpg` are one."""
    return os.path.normpath(path)


def block(record: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return one of a record's objects, empty where it has none."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def number(record: Mapping[str, object], name: str) -> float:
    """Return one of an object's numbers, NaN where it has none."""
    found = record.get(name)
    return float(found) if isinstance(found, int | float) and abs(found) <= LARGEST else math.nan
