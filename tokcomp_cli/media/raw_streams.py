"""Raw streams: JPEG or PNG pictures of one size behind each other, as `ffmpeg -f mjpeg` writes them."""

import re
from collections.abc import Iterator

from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.source import LocalFile

RAW_FORMATS = frozenset({"mjpeg", "png_pipe"})
_MOST_SEARCHED_BYTES = 64 << 20
_HEADER_BYTES = 256 << 10
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
# What stands behind a photo that says so belongs to it: another view, a gain map, a clip.
_OF_ONE_PHOTO = (b"MPF\0", b"hdrgm:", b"Container:Directory", b"GContainer")
_MARKER = re.compile(rb"\xff[^\0\xff\xd0-\xd7]")
_SCAN, _SIZES = 0xDA, frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MOST_CHUNKS = 100_000
_PNG = b"\x89PNG\r\n\x1a\n"


def raw_format(head: bytes) -> str | None:
    """Return libav's name of the format of a raw stream that begins so, None for other files.

    Left to itself libav may take a short stream for one picture.
    """
    return "mjpeg" if head.startswith(_JPEG) else "png_pipe" if head.startswith(_PNG) else None


def is_raw_stream(source: LocalFile, container: StillFormat) -> bool:
    """Return whether a file is several pictures of one size behind each other and says nothing else."""
    if container == "jpeg":
        return _is_of_jpegs(source)
    return container == "png" and _is_of_pngs(source)


def _is_of_jpegs(source: LocalFile) -> bool:
    source.seek(0)
    content = source.read(_MOST_SEARCHED_BYTES)
    source.seek(0)
    if not _may_go_on(content) or any(word in content[:_HEADER_BYTES] for word in _OF_ONE_PHOTO):
        return False
    first = _jpeg_at(content, 0)
    second = first and _jpeg_at(content, _behind_zeros(content, first[1]))
    return bool(first and second and first[0] == second[0])


def _may_go_on(content: bytes) -> bool:
    """Return whether anywhere one JPEG ends and another begins: quick, so that most files are told by it."""
    at = content.find(_JPEG_END)
    while at >= 0:
        behind = _behind_zeros(content, at + 2)
        if content[behind : behind + 3] == _JPEG:
            return True
        at = content.find(_JPEG_END, at + 2)
    return False


def _behind_zeros(content: bytes, position: int) -> int:
    """Return the place of the next byte that is not 0; pictures of a stream may be padded."""
    while content[position : position + 1] == b"\0":
        position += 1
    return position


def _jpeg_at(content: bytes, position: int) -> tuple[bytes, int] | None:
    """Return the coded size of the JPEG at a place and where it ends, None where there is no whole one."""
    if content[position : position + 3] != _JPEG:
        return None
    size, at = b"", position + 2
    while (found := _MARKER.search(content, at)) is not None:
        marker, at = content[found.end() - 1], found.end()
        if marker == _JPEG_END[1]:
            return (size, at) if size else None
        length = int.from_bytes(content[at : at + 2], "big")
        if marker in _SIZES:
            size = content[at + 3 : at + 7]
        if length < 2 or marker == _JPEG[1]:
            return None
        at += length
    return None


def _is_of_pngs(source: LocalFile) -> bool:
    sizes = []
    for kind, content in _png_chunks(source):
        if kind == b"acTL":
            return False
        if kind == b"IHDR":
            sizes.append(content[:8])
        if len(sizes) == 2:
            break
    source.seek(0)
    return len(sizes) == 2 and sizes[0] == sizes[1]


def _png_chunks(source: LocalFile) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and first bytes of the chunks of a PNG, and of the one behind its end, if there is one."""
    position = len(_PNG)
    for _ in range(_MOST_CHUNKS):
        if position + 8 > source.size_bytes:
            return
        source.seek(position)
        header = source.read(16)
        yield header[4:8], header[8:]
        position += 12 + int.from_bytes(header[:4], "big")
        if header[4:8] == b"IEND":
            source.seek(position)
            if source.read(len(_PNG)) != _PNG:
                return
            position += len(_PNG)
