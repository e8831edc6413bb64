"""Opening a local regular file, and nothing else, as a source of bytes with a fixed end."""

import os
import re
import stat
import weakref
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END, SEEK_SET, BytesIO
from pathlib import Path
from typing import Self

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import MediaError

_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*:(//|\\\\)")
_HEAD_BYTES = 64
_NO_FILES = {
    "": "a file was expected, but the path is empty; name one.",
    "-": "-: a file was expected, but - stands for standard input, not read here; save it to a file.",
}
_MAX_READ = 1 << 26
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells whether a path still leads to the same unchanged file.

    Attributes:
        device: Number of the file system.
        inode: Number of the file there.
        size_bytes: Size of the file.
        modified_ns: Time of the last change in nanoseconds.
    """

    device: int
    inode: int
    size_bytes: int
    modified_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the fingerprint of a stat result."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class LocalFile:
    """A readable, seekable view of a regular file as it was when opened.

    It reads through one descriptor, so a rename under way does no harm, and never past the size
    the file had at first, so a file that grows has a fixed end. The libraries get this object
    instead of the name: a name's extension, protocol prefix or pattern then means nothing.
    """

    name = "input"  # what a library shows in its errors; never the user's name

    def __init__(self, path: str, descriptor: int, fingerprint: Fingerprint) -> None:
        self.path = path
        self.fingerprint = fingerprint
        self.size_bytes = fingerprint.size_bytes
        self._descriptor = descriptor
        self._position = 0
        # Closed at the latest when nobody holds the file any more.
        self._closer = weakref.finalize(self, os.close, descriptor)

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes from the current position, fewer only at the end."""
        left = max(self.size_bytes - self._position, 0)
        wanted = left if size < 0 else min(size, left)
        chunks = []
        while wanted > 0 and (chunk := os.read(self._descriptor, min(wanted, _MAX_READ))):
            chunks.append(chunk)
            wanted -= len(chunk)
            self._position += len(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Return the new position after moving there."""
        base = {SEEK_SET: 0, SEEK_CUR: self._position, SEEK_END: self.size_bytes}[whence]
        if base + offset < 0:
            raise OSError(f"seek to {base + offset} before the start of the file")
        self._position = os.lseek(self._descriptor, base + offset, os.SEEK_SET)
        return self._position

    def tell(self) -> int:
        """Return the current position."""
        return self._position

    def head(self) -> bytes:
        """Return the first bytes of the file; the position is then the start."""
        self.seek(0)
        first = self.read(_HEAD_BYTES)
        self.seek(0)
        return first

    def changed(self) -> bool:
        """Return whether the open file was written to since it was opened."""
        status = os.fstat(self._descriptor)
        return Fingerprint.of(status) != self.fingerprint

    def still_at_path(self) -> bool:
        """Return whether the path leads to this same, unchanged file."""
        try:
            return Fingerprint.of(Path(self.path).stat()) == self.fingerprint
        except OSError:
            return False

    def close(self) -> None:
        """Close the descriptor."""
        self._closer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def open_local(path: str) -> LocalFile:
    """Return the file at a path, opened for reading.

    Args:
        path: As the user gave it; undecodable bytes as lone surrogates.

    Raises:
        MediaError: It is a URL, is missing, unreadable, empty or no regular file.
    """
    shown = printable(path)
    if path in _NO_FILES:
        raise MediaError(_NO_FILES[path])
    try:
        status = Path(path).stat()
        _require_regular(shown, status)
        # Not blocking: between stat and open the name may have become a pipe.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise MediaError(_why_not_open(shown, path, error)) from error
    source = LocalFile(path, descriptor, Fingerprint.of(os.fstat(descriptor)))
    try:
        _require_regular(shown, os.fstat(descriptor))
        if source.size_bytes == 0:
            raise MediaError(f"{shown}: an image or a video was expected, but the file is empty; check it.")
    except MediaError:
        source.close()
        raise
    return source


def in_memory(source: LocalFile) -> BytesIO:
    """Return a copy of the whole file in memory; for small files only."""
    source.seek(0)
    return BytesIO(source.read())


def _require_regular(shown: str, status: os.stat_result) -> None:
    """Raise MediaError unless a stat result is of a regular file."""
    if stat.S_ISREG(status.st_mode):
        return
    kind = next((words for test, words in _KINDS if test(status.st_mode)), "something else")
    in_folder = "give the files in it, or the folder to `tokcomp batch -r`"
    advice = in_folder if kind == "a folder" else "save its content to a file first"
    raise MediaError(f"{shown}: a regular local file was expected, but this is {kind}; {advice}.")


def _why_not_open(shown: str, path: str, error: OSError | ValueError) -> str:
    """Return the sentence for a path that does not open."""
    if _URL.match(path):
        return f"{shown}: a local file was expected, but this is a URL; download it first."
    if isinstance(error, FileNotFoundError):
        return f"{shown}: a file was expected, but there is no such file; check the path."
    if isinstance(error, PermissionError):
        return f"{shown}: a readable file was expected, but permission is denied; change its mode."
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{shown}: a readable file was expected, but it cannot be opened ({printable(reason)}); check it."
