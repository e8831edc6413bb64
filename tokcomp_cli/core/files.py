"""Atomic writes: a file is there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file; it appears under its name only once all of it is there.

    Raises:
        PlanError: The path cannot be written, or is no regular file.
    """
    with whole_file(path) as part:
        part.write(content)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write into; it appears under its name only when all went well inside.

    Raises:
        PlanError: The path cannot be written, or is no regular file.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        shown = printable(str(path))
        raise PlanError(f"'{shown}' is a folder, a device or a pipe, and would be replaced; name a file")
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=".tokcomp-", delete=False) as part:
            try:
                yield part
                part.close()
                Path(part.name).chmod(0o666 & ~_umask())
                Path(part.name).replace(path)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise PlanError(
            f"cannot write '{printable(str(path))}' ({reason}); name a file in a folder that you may write to"
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
