"""Whether a file ends before its own headers say it does: a walk over lengths, no decoding."""

from tokcomp_cli.media.formats import is_iso_media, is_matroska
from tokcomp_cli.media.source import LocalFile

_MAX_BOXES = 100_000
_MATROSKA_SEGMENT = b"\x18\x53\x80\x67"


def missing_bytes(source: LocalFile) -> int | None:
    """Return how many bytes the headers promise beyond the end of the file, 0 if none, None if unknown."""
    head = source.head()
    if is_iso_media(head):
        end = _iso_end(source)
    elif is_matroska(head):
        end = _matroska_end(source)
    elif head[:4] == b"RIFF":
        end = int.from_bytes(head[4:8], "little") + 8
    else:
        end = None
    source.seek(0)
    return None if end is None else max(end - source.size_bytes, 0)


def _iso_end(source: LocalFile) -> int | None:
    """Return where the last top-level box of an MP4 ends."""
    position = 0
    for _ in range(_MAX_BOXES):
        if position >= source.size_bytes:
            return position
        source.seek(position)
        header = source.read(16)
        if len(header) < 8:
            return position + 8
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if length == 0:  # up to the end of the file
            return source.size_bytes
        if length < 8:
            return None
        position += length
    return None


def _matroska_end(source: LocalFile) -> int | None:
    """Return where the segment of a Matroska file ends, None when it was written as a stream."""
    source.seek(0)
    head = source.read(4096)
    start = head.find(_MATROSKA_SEGMENT)
    if start < 0 or start + 12 > len(head):
        return None
    first = head[start + 4]
    if first == 0:
        return None
    width = 9 - first.bit_length()
    coded = int.from_bytes(head[start + 4 : start + 4 + width], "big")
    size = coded & ((1 << 7 * width) - 1)
    if size == (1 << 7 * width) - 1:  # all ones: unknown size
        return None
    return start + 4 + width + size
