"""Files: written whole or not at all, and found below a folder."""

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


def files_below(folder: str) -> list[str]:
    """Return the files of a folder and of its folders, sorted; hidden ones are left out.

    A link to a file counts as a file, whether it leads anywhere or not; a link to a folder is not followed,
    so there are no loops. A folder that cannot be listed is returned itself, so that it is reported.

    Args:
        folder: Its path; those of the files begin with it.
    """
    found: list[str] = []
    unread: list[str] = []
    for root, folders, names in os.walk(folder, onerror=lambda error: unread.append(str(error.filename))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [os.path.join(root, name) for name in sorted(names) if not name.startswith(".")]  # noqa: PTH118
    return found + unread


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
