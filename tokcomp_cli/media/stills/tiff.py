"""The first directory of a TIFF: whether it is a raw photo, or of a kind that Pillow does not read."""

import struct
from io import BytesIO

from tokcomp_cli.media.source import LocalFile, in_memory

_COMPRESSION, _PHOTOMETRIC, _SAMPLES, _FORMAT, _BITS, _KIND = 259, 262, 277, 339, 258, 254
_MAKE, _PARTS, _DNG = 271, 330, 50706
_SENSOR = (32803, 34892)
_METHODS = {
    34712: "JPEG 2000",
    34887: "LERC",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
_MOST_TAGS = 4096
_MOST_COPIED_BYTES = 1 << 30
_WIDTHS = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_WIDE = {16: 4, 17: 9, 18: 13}
_SIZES = {1: 1, 3: 2, 4: 4, 16: 8}


def is_raw_photo(source: LocalFile) -> bool:
    """Return whether a TIFF is a camera's raw photo, whose first picture is at best a small preview."""
    tags = _tags(source)
    source.seek(8)
    canon = source.read(2) == b"CR"
    preview = tags.get(_KIND) == 1 and _PARTS in tags and _MAKE in tags
    return canon or _DNG in tags or tags.get(_PHOTOMETRIC) in _SENSOR or preview


def kind_of(source: LocalFile) -> str | None:
    """Return what is rare about a TIFF, in words that follow `TIFF`; None where nothing is."""
    tags = _tags(source)
    method = tags.get(_COMPRESSION, 1)
    if method in _METHODS:
        return f"compressed as {_METHODS[method]}"
    bits, samples = tags.get(_BITS, 8), tags.get(_SAMPLES, 1)
    if tags.get(_FORMAT) == 3 and samples > 1:
        return "with floating-point colours"
    if bits not in (1, 2, 4, 8, 16) and not (bits == 32 and samples == 1):
        return f"with {bits} bits a channel"
    if samples > 4:
        return f"with {samples} channels"
    return None


def classic_tiff(source: LocalFile) -> BytesIO | None:
    """Return a big-endian BigTIFF, which Pillow does not read, as a plain TIFF; None for any other file.

    Its first directory is written anew behind it, with places of four bytes.
    """
    source.seek(0)
    if source.read(4) != b"MM\0+" or source.size_bytes > _MOST_COPIED_BYTES:
        return None
    content = bytearray(in_memory(source).getvalue())
    (at,) = struct.unpack_from(">Q", content, 8)
    (count,) = struct.unpack_from(">Q", content, at) if at + 8 <= len(content) else (0,)
    entries = b""
    for start in range(at + 8, min(at + 8 + count * 20, len(content) - 19), 20):
        tag, kind, number = struct.unpack_from(">HHQ", content, start)
        width = _WIDTHS.get(kind, 1)
        place = start + 12 if width * number <= 8 else struct.unpack_from(">Q", content, start + 12)[0]
        value = bytes(content[place : place + width * number])
        if kind in _WIDE:
            kind = _WIDE[kind]
            value = b"".join(value[each + 4 : each + 8] for each in range(0, len(value), 8))
        if len(value) > 4:
            place = len(content)
            content += value
            value = struct.pack(">I", place)
        entries += struct.pack(">HHI", tag, kind, min(number, 0xFFFFFFFF)) + value.ljust(4, b"\0")
    content[:8] = b"MM\0*" + struct.pack(">I", len(content))
    content += struct.pack(">H", len(entries) // 12) + entries + bytes(4)
    return BytesIO(content)


def _tags(source: LocalFile) -> dict[int, int]:
    """Return the first value of each tag of the first directory that is a whole number, 0 for other tags."""
    source.seek(0)
    head = source.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 16:
        return {}
    big = head[2:4] in (b"+\0", b"\0+")
    (at,) = struct.unpack_from(f"{order}Q" if big else f"{order}I", head, 8 if big else 4)
    source.seek(at)
    count_bytes, entry_bytes = (8, 20) if big else (2, 12)
    count = _number(source.read(count_bytes), order)
    table = source.read(min(count, _MOST_TAGS) * entry_bytes)
    found = {}
    for start in range(0, len(table) - entry_bytes + 1, entry_bytes):
        tag, kind = struct.unpack_from(f"{order}HH", table, start)
        value = start + (12 if big else 8)
        number, held = _number(table[start + 4 : value], order), table[value : start + entry_bytes]
        found[tag] = _first(source, order, kind, number, held) if kind in _SIZES else 0
    source.seek(0)
    return found


def _first(source: LocalFile, order: str, kind: int, count: int, held: bytes) -> int:
    """Return the first number of an entry, which stands in it or, with others, elsewhere in the file."""
    size = _SIZES[kind]
    if size * count > len(held):
        source.seek(_number(held, order))
        held = source.read(size)
    return _number(held[:size], order)


def _number(content: bytes, order: str) -> int:
    """Return bytes as a number in the byte order of the file."""
    return int.from_bytes(content, "little" if order == "<" else "big")
