"""A folder that is there whole or not at all."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError

MANIFEST = "manifest.json"


def check_folder(folder: str, *, force: bool) -> None:
    """Check before any work that a folder can be written.

    Raises:
        PlanError: It is a file, is not empty, or lies in no folder.
    """
    place, shown = Path(folder), printable(folder)
    if folder == "":
        raise PlanError("-o takes the name of a folder to write, as frames/")
    if place.exists() and not place.is_dir():
        raise PlanError(f"-o '{shown}' is no folder; name another")
    if not place.absolute().parent.is_dir():
        raise PlanError(f"cannot write '{shown}': there is no folder '{printable(str(place.parent))}'")
    if place.is_dir() and not force and any(place.iterdir()):
        raise PlanError(f"-o '{shown}' is not empty; name another folder, or add --force to write into it")


@contextmanager
def whole_folder(folder: str) -> Iterator[Path]:
    """Give a folder to write into; its files appear in the named one only when all went well inside.

    Of an earlier export in it the files that its manifest names are removed; others stay.

    Raises:
        PlanError: It cannot be written, or the disk is full.
    """
    place = Path(folder).absolute()
    try:
        part = Path(tempfile.mkdtemp(dir=place.parent, prefix=".tokcomp-"))
        try:
            yield part
            _moved(part, place)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PlanError(
            f"cannot write '{printable(folder)}' ({reason}); nothing was left there. Name a folder that "
            "you may write to, on a disk with enough space"
        ) from error


def _moved(part: Path, place: Path) -> None:
    new = sorted(part.iterdir())
    if not place.exists():
        part.chmod(0o777 & ~_umask())
        part.rename(place)
        return
    old = _written_before(place)
    # The manifest goes first and comes last: a folder with one is whole.
    (place / MANIFEST).unlink(missing_ok=True)
    for name in old - {one.name for one in new}:
        (place / name).unlink(missing_ok=True)
    for one in sorted(new, key=lambda one: one.name == MANIFEST):
        one.replace(place / one.name)


def _written_before(place: Path) -> set[str]:
    """Return the files of an earlier export, by its manifest."""
    try:
        found = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        names = {file["file"] for one in found["inputs"] for file in one["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in names if isinstance(name, str) and name == Path(name).name}


def _umask() -> int:
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask
