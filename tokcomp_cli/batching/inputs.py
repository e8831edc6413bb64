"""The input files of a batch, from paths, folders, patterns and lists, each once."""

import glob
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path

from tokcomp_cli.core.files import files_below
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError


def gather(
    paths: Sequence[str],
    *,
    listed: Iterable[str] = (),
    recursive: bool = False,
    match: Sequence[str] = (),
    excluded: Sequence[str] = (),
) -> list[str]:
    """Return the files asked for, in order, each once however it is written (`a.jpg`, `./a.jpg`).

    A path that does not exist stays: it becomes a failed record, and the batch still starts.

    Args:
        paths: Files, folders or patterns, as on the command line.
        listed: More files or folders, which are not read as patterns.
        recursive: Whether folders are allowed.
        match: Patterns of the names to take from folders; none takes every file that is not hidden.
        excluded: Paths to leave out: the batch itself writes them.

    Raises:
        PlanError: A folder without `recursive`.
    """
    found: dict[str, str] = {}
    for path in (*chain.from_iterable(map(_expanded, paths)), *listed):
        for file in _files(path, recursive=recursive, match=match):
            found.setdefault(_absolute(file), file)
    written = {_absolute(path) for path in excluded}
    return [file for place, file in found.items() if place not in written]


def read_list(source: str, *, null: bool) -> list[str]:
    """Return the paths in a list, one a line.

    Args:
        source: The list's path, or `-` for standard input; bytes that are not UTF-8 survive.
        null: Whether a zero byte ends each path, so that a path may hold newlines.

    Raises:
        PlanError: The list cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise PlanError(f"cannot read the list '{printable(source)}' ({error.strerror})") from error
    entries = content.split(b"\0") if null else [line.removesuffix(b"\r") for line in content.split(b"\n")]
    if not null and b"\0" in content:
        raise PlanError(f"the list '{printable(source)}' is separated by zero bytes; add `null`")
    return [os.fsdecode(entry) for entry in entries if entry]


def _absolute(path: str) -> str:
    """Return an absolute path; links are not resolved."""
    return os.path.abspath(path)  # noqa: PTH100


def _expanded(path: str) -> Iterator[str]:
    """Yield the paths that match a pattern, sorted; a path that exists is no pattern."""
    if not glob.has_magic(path) or os.path.lexists(path):
        yield path
        return
    found = _below(path) if "**" in path else glob.glob(path)  # noqa: PTH207 as the user writes them
    yield from sorted(found) or [path]


def _below(path: str) -> list[str]:
    """Return the paths that match a pattern with `**`, without hidden ones and linked folders.

    `glob.glob` follows links, and does not end where two of them lead back up.
    """
    parts = Path(path).parts
    fixed = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    base, rest = Path(*parts[:fixed]), str(Path(*parts[fixed:]))
    hidden = any(part.startswith(".") for part in parts[fixed:])
    return [
        str(one)
        for one in base.glob(rest)
        if hidden or not any(part.startswith(".") for part in one.relative_to(base).parts)
    ]


def _files(path: str, *, recursive: bool, match: Sequence[str]) -> Iterator[str]:
    if not os.path.isdir(path):  # noqa: PTH112
        yield path
        return
    if not recursive:
        raise PlanError(f"'{printable(path)}' is a folder; add `recursive` to take the files in it")
    for file in files_below(path):
        if not match or any(fnmatch(os.path.basename(file), pattern) for pattern in match):  # noqa: PTH119
            yield file
