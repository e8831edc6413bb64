"""PNG chunks: what Pillow is told of them where it refuses a picture for what stands beside its pixels."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import NamedTuple

from tokcomp_cli.media.source import LocalFile

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MOST_CHUNKS = 1_000_000
_MOST_PROFILE_BYTES = 16 << 20
# Start and step of the columns and rows of each pass of an interlaced picture.
_PASSES = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))


class Chunk(NamedTuple):
    """A chunk of a PNG file: its type, where its content starts, and how long it says that is."""

    kind: bytes
    start: int
    length: int


class Span(NamedTuple):
    """Bytes of the file: where they start and how many they are."""

    start: int
    length: int


@dataclass(slots=True)
class PngParts:
    """What a PNG file holds, pixels not yet inflated.

    Attributes:
        header: Content of IHDR, 13 bytes.
        palette, transparency: Content of PLTE and tRNS, empty where there is none.
        profile: ICC profile, inflated; empty where there is none or it cannot be read.
        exif: Content of eXIf.
        code_points: Content of cICP: primaries, transfer, matrix and range.
        pixels: Where the compressed pixels lie.
        ended: Whether the file comes to its end chunk.
    """

    header: bytes = b""
    palette: bytes = b""
    transparency: bytes = b""
    profile: bytes = b""
    exif: bytes = b""
    code_points: bytes = b""
    pixels: list[Span] = field(default_factory=list)
    ended: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = struct.unpack(">II", self.header[:8])
        return int(width), int(height)

    @property
    def depth(self) -> int:
        """Bits a sample."""
        return self.header[8]

    @property
    def colour(self) -> int:
        """Colour type: 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha."""
        return self.header[9]


def chunks(source: LocalFile) -> Iterator[Chunk]:
    """Yield the chunks of a PNG file in order, the last perhaps cut off; their content is not read."""
    position = 8
    for _ in range(_MOST_CHUNKS):
        source.seek(position)
        head = source.read(8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[:4], "big")
        yield Chunk(head[4:], position + 8, length)
        if head[4:] == b"IEND":
            return
        position += 12 + length


def content(source: LocalFile, span: Chunk | Span) -> bytes:
    """Return the bytes of a chunk or a span, fewer where the file is cut off."""
    source.seek(span.start)
    return source.read(span.length)


def parts_of(source: LocalFile) -> PngParts:
    """Return what a PNG file holds; its header is empty when the file has none."""
    parts = PngParts()
    plain = {b"PLTE": "palette", b"tRNS": "transparency", b"eXIf": "exif", b"cICP": "code_points"}
    for chunk in chunks(source):
        if chunk.kind == b"IHDR" and chunk.length == 13:
            parts.header = content(source, chunk)
        elif chunk.kind in plain and chunk.length <= _MOST_PROFILE_BYTES:
            setattr(parts, plain[chunk.kind], content(source, chunk))
        elif chunk.kind == b"iCCP" and not parts.profile:
            parts.profile = _profile(content(source, chunk))
        elif chunk.kind == b"IDAT":
            parts.pixels.append(Span(chunk.start, min(chunk.length, max(source.size_bytes - chunk.start, 0))))
        elif chunk.kind == b"IEND":
            parts.ended = True
    return parts


def code_points_of(source: LocalFile) -> bytes:
    """Return the content of cICP, which stands before the pixels, empty where there is none."""
    for chunk in chunks(source):
        if chunk.kind == b"cICP":
            return content(source, chunk)
        if chunk.kind == b"IDAT":
            break
    return b""


def plain_png(parts: PngParts, pixels: bytes, size: tuple[int, int] | None = None) -> BytesIO:
    """Return a PNG file of the header, the colours and compressed pixels alone.

    Args:
        parts: Of the file that the pixels come from.
        pixels: Compressed.
        size: Width and height where they are others than the header's.
    """
    header = struct.pack(">II", *(size or parts.size)) + parts.header[8:]
    made = BytesIO()
    made.write(_SIGNATURE + _chunk(b"IHDR", header))
    if parts.palette:
        made.write(_chunk(b"PLTE", parts.palette))
    if parts.transparency:
        made.write(_chunk(b"tRNS", parts.transparency))
    made.write(_chunk(b"IDAT", pixels) + _chunk(b"IEND", b""))
    made.seek(0)
    return made


def inflated(parts: PngParts, pixels: bytes, size: tuple[int, int] | None = None) -> tuple[bytes, int]:
    """Return the filtered rows of a picture, missing ones as zeros, and how many bytes of them were there.

    Checksums are not looked at: what can be inflated is there.
    """
    expected = _row_bytes(parts, size or parts.size)
    found = bytearray()
    # Raw: neither the two bytes of the header nor the checksum behind matter.
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(2, len(pixels), 1 << 16):
        try:
            found += inflater.decompress(pixels[at : at + (1 << 16)], max(expected - len(found), 1))
            while inflater.unconsumed_tail and len(found) < expected:
                found += inflater.decompress(inflater.unconsumed_tail, expected - len(found))
        except zlib.error:
            break
        if len(found) >= expected:
            break
    there = min(len(found), expected)
    return bytes(found[:expected]) + bytes(expected - there), there


def _row_bytes(parts: PngParts, size: tuple[int, int]) -> int:
    """Return how many bytes the filtered rows of a picture take."""
    width, height = size
    bits = _CHANNELS.get(parts.colour, 4) * parts.depth
    if not parts.header[12]:
        return height * (1 + (width * bits + 7) // 8)
    total = 0
    for left, across, top, down in _PASSES:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _profile(chunk: bytes) -> bytes:
    """Return the profile of an iCCP chunk, empty where it cannot be read."""
    name, _zero, rest = chunk.partition(b"\0")
    if len(name) > 79 or rest[:1] != b"\0":
        return b""
    inflater = zlib.decompressobj()
    try:
        return inflater.decompress(rest[1:], _MOST_PROFILE_BYTES)
    except zlib.error:
        return b""


def _chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
