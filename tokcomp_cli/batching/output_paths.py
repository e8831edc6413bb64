"""Which files a batch writes: JSON lines, and the table that is made of them."""

from dataclasses import dataclass
from pathlib import Path

from tokcomp_cli.batching.table_writer import need_parquet
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError, near

LOOKED_AT = 200  # a summary names itself in its first line
LINES, TABLES = (".jsonl", ".ndjson"), (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class OutputPaths:
    """The files of an output.

    Attributes:
        lines: File of JSON lines; None for standard output.
        table: Table to make of them at the end, or None.
    """

    lines: Path | None
    table: Path | None

    @property
    def files(self) -> list[str]:
        """Return the paths, which are never inputs of the batch."""
        return [str(path) for path in (self.lines, self.table) if path is not None]


def output_paths(output: str) -> OutputPaths:
    """Return the files of an output; the suffix of its name chooses the format.

    Raises:
        PlanError: It has another suffix, or cannot be written here.
    """
    if output == "-":
        return OutputPaths(None, None)
    path, known = Path(output), (*LINES, *TABLES)
    if path.suffix.lower() not in known:
        raise PlanError(
            f"`output` takes a name that ends in {', '.join(known)}, or - for lines to standard output; "
            f"got '{printable(output)}'{near(path.suffix, known)}"
        )
    if path.suffix.lower() in LINES:
        return OutputPaths(path, None)
    if path.is_dir():
        raise PlanError(f"'{printable(output)}' is a folder; name a file")
    if path.suffix.lower() == ".parquet":
        need_parquet()
    return OutputPaths(path.with_name(path.name + LINES[0]), path)


def check_summary(file: str) -> None:
    """Check that a summary may be written there: where nothing is, or over another summary.

    Raises:
        PlanError: It may not.
    """
    path, shown = Path(file), printable(file)
    if path.suffix.lower() != ".json":
        raise PlanError(f"--summary takes a name that ends in .json; got '{shown}'")
    if not path.parent.is_dir():
        raise PlanError(f"cannot write '{shown}': there is no such folder")
    if path.exists():
        try:
            ours = '"tokcomp.summary"' in _start_of(path)
        except (OSError, UnicodeDecodeError):  # a folder, or no text
            ours = False
        if not ours:
            raise PlanError(f"--summary '{shown}' is there and no summary of a batch; name another file")


def _start_of(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(LOOKED_AT).decode("ascii")
