"""The main figures as a table, one row an input: CSV or Parquet, made from the lines."""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, cast

from tokcomp_cli.batching.record import block
from tokcomp_cli.core.files import whole_file
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import OutputError, PlanError
from tokcomp_cli.render.schema.document import Document

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 1000  # rows that are in memory at a time
Value = str | int | float | bool | None
Kind = Literal["string", "int64", "float64", "bool"]

# Column, its type, and where in a record it is.
COLUMNS: tuple[tuple[str, Kind, tuple[str, ...]], ...] = (
    ("path", "string", ("path",)),
    ("status", "string", ("status",)),
    ("error_type", "string", ("error", "type")),
    ("error_message", "string", ("error", "message")),
    ("size_bytes", "int64", ("batch", "size_bytes")),
    ("modified_us", "int64", ("batch", "modified_us")),
    ("kind", "string", ("media", "kind")),
    ("width", "int64", ("media", "width")),
    ("height", "int64", ("media", "height")),
    ("duration_seconds", "float64", ("media", "duration_seconds")),
    ("salvaged", "bool", ("media", "salvaged")),
    ("frames_in_file", "int64", ("sampling", "frames_in_file")),
    ("frames_sampled", "int64", ("sampling", "frames_sampled")),
    ("tokens_original", "int64", ("tokens", "original")),
    ("tokens_llm_input", "int64", ("tokens", "llm_input")),
    ("tokens_last_layer", "int64", ("tokens", "last_layer")),
    ("tokens_layer_mean", "float64", ("tokens", "layer_mean")),
    ("reduction", "float64", ("tokens", "reduction")),
    ("difficulty", "float64", ("difficulty", "score")),
    ("band", "string", ("difficulty", "band")),
    ("explained", "float64", ("fidelity", "explained")),
    ("explained_evenly", "float64", ("fidelity", "explained_evenly")),
    ("explained_p5", "float64", ("fidelity", "explained_p5")),
    ("cosine", "float64", ("fidelity", "cosine")),
    ("target", "float64", ("target",)),
    ("recommended_tokens", "int64", ("recommended", "tokens")),
    ("reachable", "float64", ("reachable",)),
    ("verdict", "string", ("verdict",)),
    ("encoder", "string", ("encoder", "name")),
    ("settings_sha256", "string", ("batch", "settings_sha256")),
    ("weights_sha256", "string", ("batch", "weights_sha256")),
    ("total_ms", "float64", ("timings_ms", "total")),
)


def row_of(record: Mapping[str, object]) -> dict[str, Value]:
    """Return the row of a record; what it does not have is None."""
    return {name: _at(record, place) for name, _, place in COLUMNS}


def _at(record: Mapping[str, object], place: tuple[str, ...]) -> Value:
    for name in place[:-1]:
        record = block(record, name)
    return cast("Value", record.get(place[-1]))


def need_parquet() -> None:
    """Check that Parquet can be written, before any work.

    Raises:
        PlanError: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise PlanError(
            "Parquet needs pyarrow: pip install 'tokcomp[parquet]', or name an output .csv or .jsonl"
        ) from error


def write_table(records: Iterable[Document], path: Path) -> None:
    """Write a table; it appears under its name only once all of it is there.

    Args:
        records: Of a batch.
        path: With the suffix `.csv` or `.parquet`.

    Raises:
        OutputError: It cannot be written.
    """
    write = _csv if path.suffix.lower() == ".csv" else _parquet
    try:
        with whole_file(path) as part:
            write((row_of(record) for record in records), part)
    except PlanError as error:
        raise OutputError(f"{error}; the lines beside it are intact, run again with `resume`") from error


def _csv(rows: Iterator[dict[str, Value]], part: IO[bytes]) -> None:
    """Write rows as CSV in UTF-8; bytes of a name that are not UTF-8 stand as hexadecimal escapes."""
    text = io.TextIOWrapper(part, encoding="utf-8", newline="", write_through=True)
    writer = csv.DictWriter(text, [name for name, _, _ in COLUMNS])
    writer.writeheader()
    writer.writerows({name: _utf8(value) for name, value in row.items()} for row in rows)
    text.flush()
    text.detach()


def _utf8(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _parquet(rows: Iterator[dict[str, Value]], part: IO[bytes]) -> None:
    """Write rows as Parquet; text must be UTF-8 there, so `path_bytes` has the name as it is."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}
    schema = pa.schema([(name, types[kind]) for name, kind, _ in COLUMNS] + [("path_bytes", pa.binary())])
    with pq.ParquetWriter(part, schema) as writer:
        while some := [_arrow_row(row) for row in islice(rows, ROWS)]:
            writer.write_table(_table(some, schema))


def _table(rows: list[dict[str, object]], schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=schema)


def _arrow_row(row: dict[str, Value]) -> dict[str, object]:
    safe = {name: printable(value) if isinstance(value, str) else value for name, value in row.items()}
    return {**safe, "path_bytes": os.fsencode(str(row["path"]))}
