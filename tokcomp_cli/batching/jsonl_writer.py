"""The JSON-lines output: written line by line, so that a batch that is killed loses no finished record."""

import fcntl
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Set
from pathlib import Path
from typing import Protocol, Self

from tokcomp_cli.batching.record import LINE_START, line_of
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import OutputError, PlanError
from tokcomp_cli.render.schema.document import Document


class RecordWriter(Protocol):
    """Where records go."""

    def append(self, record: Document) -> None:
        """Write one record; it survives whatever ends the batch."""

    def close(self) -> None:
        """Close it."""


class StdoutWriter:
    """Writes records to standard output."""

    def append(self, record: Document) -> None:
        """Write one line and flush it.

        Raises:
            BrokenPipeError: The reader left.
        """
        sys.stdout.buffer.write(line_of(record))
        sys.stdout.buffer.flush()

    def close(self) -> None:
        """Leave it open for the process."""


class JsonlWriter:
    """A file of records, one a line, that one batch at a time may write to."""

    def __init__(self, path: Path) -> None:
        """Open the file and lock it; make it where there is none.

        Raises:
            PlanError: It cannot be written, is no regular file, or another batch has it.
        """
        self.path = path
        self._shown = printable(str(path))
        try:
            self._made = not path.exists()
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o666)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise PlanError(
                f"cannot write '{self._shown}' ({reason}); name a file in a folder that you may write to"
            ) from error
        try:
            self._check_and_lock()
        except BaseException:
            os.close(self._descriptor)
            raise
        self._end = os.fstat(self._descriptor).st_size

    def _check_and_lock(self) -> None:
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            raise PlanError(f"'{self._shown}' is a device or a pipe; name a file, or - for standard output")
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PlanError(
                f"another batch writes to '{self._shown}'; wait for it, or name another output"
            ) from error
        if not self._at_path():
            raise PlanError(f"another batch has just replaced '{self._shown}'; try again")

    def _at_path(self) -> bool:
        """Return whether the path still leads to the open file: another batch may have replaced it."""
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._descriptor))
        except OSError:
            return False

    def __len__(self) -> int:
        """Return the bytes in it."""
        return self._end

    def __iter__(self) -> Iterator[Document]:
        """Yield the records, the oldest first; a torn last line is skipped.

        Raises:
            PlanError: A line is no record of a batch.
        """
        with self.path.open("rb") as lines:
            yield from read_records(lines, self._shown)

    def cut_torn_line(self) -> None:
        """Cut off a torn last line; call it only after all other lines were read as records."""
        with self.path.open("rb") as lines:
            whole = 0
            for line in lines:
                whole += len(line) if line.endswith(b"\n") else 0
        if whole != self._end:
            os.ftruncate(self._descriptor, whole)
            self._end = whole

    def delete(self, numbers: Set[int]) -> None:
        """Delete lines; all others stay byte for byte, and nothing is lost if this is interrupted.

        Args:
            numbers: Of the lines, from 0.

        Raises:
            OutputError: There is no room for the other lines.
        """
        if not numbers:
            return
        target = Path(os.path.realpath(self.path))
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            fresh = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
            fcntl.flock(fresh, fcntl.LOCK_EX | fcntl.LOCK_NB)  # before it has the name that others look for
            with self.path.open("rb") as lines, os.fdopen(os.dup(fresh), "wb") as kept:
                kept.writelines(line for number, line in enumerate(lines) if number not in numbers)
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise OutputError(self._full(error)) from error
        os.close(self._descriptor)
        self._descriptor = fresh
        self._end = os.fstat(fresh).st_size

    def append(self, record: Document) -> None:
        """Write one record; it is whole or not there.

        Raises:
            OutputError: It does not fit on the disk any more; all records before it are intact.
        """
        line = memoryview(line_of(record))
        written = 0
        try:
            while written < len(line):
                written += os.pwrite(self._descriptor, line[written:], self._end + written)
        except OSError as error:
            os.ftruncate(self._descriptor, self._end)
            raise OutputError(self._full(error)) from error
        self._end += written

    def close(self) -> None:
        """Unlock and close it; a file that this batch created and left empty is deleted."""
        if self._made and not self._end and self._at_path():
            self.path.unlink()
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _full(self, error: OSError) -> str:
        return (
            f"cannot write '{self._shown}' any further ({error.strerror}); what is in it is intact: make "
            "room and run again with `resume`"
        )


def read_records(
    lines: Iterator[bytes], shown: str, on_torn: Callable[[], None] = lambda: None
) -> Iterator[Document]:
    """Yield the records of an output; a torn last line is skipped.

    Args:
        lines: With their ends.
        shown: Name for messages.
        on_torn: Called where the last line is torn.

    Raises:
        PlanError: A line is no record of a batch.
    """
    for number, line in enumerate(lines, start=1):
        if not line.endswith(b"\n") and _torn(line):
            on_torn()
            return
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("path"), str) or "status" not in record:
            raise PlanError(
                f"'{shown}' was expected to hold records of tokcomp batch, but line {number} is none; "
                "name the output of a batch"
            )
        yield record


def _torn(line: bytes) -> bool:
    """Return whether bytes without an end of line may come from a batch that was killed."""
    return line.startswith(LINE_START) or LINE_START.startswith(line) or not line.strip(b"\0")
