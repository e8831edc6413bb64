"""Where the records of a batch go: lines, or a table made from lines beside it."""

from dataclasses import dataclass
from pathlib import Path

from tokcomp_cli.batch.table import need_parquet
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError, near

LINES, TABLES = (".jsonl", ".ndjson"), (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an output is.

    Attributes:
        lines: File of the records, one a line; None for standard output.
        table: Table to make of them at the end, or None.
    """

    lines: Path | None
    table: Path | None

    @property
    def files(self) -> list[str]:
        """Return the paths that the batch writes, and so never reads as inputs."""
        return [str(path) for path in (self.lines, self.table) if path is not None]


def place_of(output: str) -> Place:
    """Return where the output of that name is: its suffix says what it is.

    Raises:
        PlanError: It has another suffix, or cannot be written here.
    """
    if output == "-":
        return Place(None, None)
    path, known = Path(output), (*LINES, *TABLES)
    if path.suffix.lower() not in known:
        raise PlanError(
            f"-o takes a name that ends in {', '.join(known)}, or - for lines to standard output; "
            f"got '{printable(output)}'{near(path.suffix, known)}"
        )
    if path.suffix.lower() in LINES:
        return Place(path, None)
    if path.is_dir():
        raise PlanError(f"'{printable(output)}' is a folder; name a file")
    if path.suffix.lower() == ".parquet":
        need_parquet()
    return Place(path.with_name(path.name + LINES[0]), path)
