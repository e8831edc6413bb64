"""Boxes of MP4, HEIF and AVIF files, and what they tell of a still picture's colours and companions."""

from collections.abc import Iterator
from dataclasses import dataclass

from tokcomp_cli.media.source import LocalFile

_MOST_BOXES = 1_000_000
_MOST_META_BYTES = 4 << 20

Box = tuple[bytes, int, int]
"""Type, start of the content, and end."""


def iso_boxes(source: LocalFile, position: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes of a file between two places; the last may end beyond it."""
    end = source.size_bytes if end is None else end
    for _ in range(_MOST_BOXES):
        source.seek(position)
        header = source.read(16) if position + 8 <= end else b""
        if len(header) < 8:
            return
        length, start = int.from_bytes(header[:4], "big"), position + 8
        if length == 1:
            length, start = int.from_bytes(header[8:16], "big"), position + 16
        elif length == 0:
            length = end - position
        if position + length < start:
            return
        yield header[4:8], start, position + length
        position += length


@dataclass(frozen=True, slots=True)
class Items:
    """What the items of a HEIF or AVIF file are.

    Attributes:
        kinds: Type of each item (`hvc1`, `grid`, `Exif`, `tmap`, …).
        auxiliaries: What auxiliary pictures are for, as the file names it.
        largest: Width and height of the largest picture.
        code_points: Primaries and transfer curve of the main picture, None where it does not say.
    """

    kinds: tuple[str, ...]
    auxiliaries: tuple[str, ...]
    largest: tuple[int, int]
    code_points: tuple[int, int] | None


def items_of(source: LocalFile) -> Items:
    """Return what the items of a HEIF or AVIF file are; nothing where they cannot be read."""
    meta = next((box for box in iso_boxes(source) if box[0] == b"meta"), None)
    if meta is None or meta[2] - meta[1] > _MOST_META_BYTES:
        return Items((), (), (0, 0), None)
    source.seek(meta[1])
    content = source.read(meta[2] - meta[1])
    parts = dict(_boxes(content[4:]))
    properties = list(_boxes(dict(_boxes(parts.get(b"iprp", b""))).get(b"ipco", b"")))
    linked = _linked(dict(_boxes(parts.get(b"iprp", b""))).get(b"ipma", b""), _main_item(parts))
    own = [properties[place - 1] for place in linked if 0 < place <= len(properties)]
    return Items(
        kinds=tuple(_kinds(parts.get(b"iinf", b""))),
        auxiliaries=tuple(
            body[4:].split(b"\0")[0].decode("ascii", "replace")
            for kind, body in properties
            if kind == b"auxC"
        ),
        largest=max((_size(body) for kind, body in properties if kind == b"ispe"), default=(0, 0)),
        code_points=_code_points(own) or _code_points(properties),
    )


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and content of the boxes in a content."""
    position = 0
    while position + 8 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big") or len(content) - position
        if length < 8:
            return
        yield content[position + 4 : position + 8], content[position + 8 : position + length]
        position += length


def _main_item(parts: dict[bytes, bytes]) -> int:
    """Return the number of the main picture, 0 where none is named."""
    named = parts.get(b"pitm", b"")
    return int.from_bytes(named[4:8] if named[:1] == b"\1" else named[4:6], "big")


def _kinds(table: bytes) -> Iterator[str]:
    """Yield the type of each item of an item information box."""
    for kind, entry in _boxes(table[6:] if table[:1] == b"\0" else table[8:]):
        if kind == b"infe" and entry[:1] in (b"\2", b"\3"):
            at = 8 if entry[:1] == b"\2" else 10
            yield entry[at : at + 4].decode("ascii", "replace")


def _linked(table: bytes, item: int) -> list[int]:
    """Return the places of the properties of an item, from 1, out of an association box."""
    if len(table) < 8:
        return []
    id_bytes = 2 if table[0] == 0 else 4
    wide = table[3] & 1
    position = 8
    for _ in range(int.from_bytes(table[4:8], "big")):
        number = int.from_bytes(table[position : position + id_bytes], "big")
        position += id_bytes
        if position >= len(table):
            break
        count, position = table[position], position + 1
        step = 2 if wide else 1
        links = [
            int.from_bytes(table[at : at + step], "big") & (0x7FFF if wide else 0x7F)
            for at in range(position, position + count * step, step)
        ]
        if number == item:
            return links
        position += count * step
    return []


def _size(body: bytes) -> tuple[int, int]:
    """Return width and height of a property of size."""
    return int.from_bytes(body[4:8], "big"), int.from_bytes(body[8:12], "big")


def _code_points(properties: list[tuple[bytes, bytes]]) -> tuple[int, int] | None:
    """Return primaries and transfer curve that a colour property names."""
    for kind, body in properties:
        if kind == b"colr" and body[:4] == b"nclx" and len(body) >= 8:
            return int.from_bytes(body[4:6], "big"), int.from_bytes(body[6:8], "big")
    return None
