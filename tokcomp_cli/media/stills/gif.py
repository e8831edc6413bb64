"""GIF blocks: delays, and frames that pass the edge of the screen."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from tokcomp_cli.media.source import LocalFile, in_memory

_IMAGE, _EXTENSION, _CONTROL, _STRAY = 0x2C, 0x21, 0xF9, 0x00


@dataclass(frozen=True, slots=True)
class GifFrame:
    """One frame as its blocks describe it.

    Attributes:
        right, bottom: Where it ends on the screen.
        seconds: Its delay.
    """

    right: int
    bottom: int
    seconds: float


def gif_frames(source: LocalFile) -> Iterator[GifFrame]:
    """Yield the frames of a GIF that begin before its end; stray zero bytes between them are passed over."""
    source.seek(0)
    header = source.read(13)
    if len(header) < 13:
        return
    _pass_colour_table(source, header[10])
    delay = 0.0
    while block := source.read(1):
        if block[0] == _EXTENSION:
            label = source.read(1)
            first = _pass_sub_blocks(source)
            if label and label[0] == _CONTROL and len(first) >= 4:
                delay = int.from_bytes(first[1:3], "little") / 100
        elif block[0] == _IMAGE:
            descriptor = source.read(9)
            if len(descriptor) < 9:
                return
            _pass_colour_table(source, descriptor[8])
            if not source.read(1):  # LZW code size
                return
            _pass_sub_blocks(source)
            left, top, width, height = struct.unpack("<4H", descriptor[:8])
            yield GifFrame(left + width, top + height, delay)
            delay = 0.0
        elif block[0] != _STRAY:  # the trailer, or damage
            return


def screen(source: LocalFile) -> tuple[tuple[int, int], BytesIO | None]:
    """Return width and height that are shown, and a copy whose screen holds all frames where one does not.

    As in browsers the screen is as large as the first frame at least, and later frames are cut at its edge.
    Pillow makes the picture larger instead, from one frame to the next.
    """
    source.seek(6)
    width, height = struct.unpack("<2H", source.read(4).ljust(4, b"\0"))
    frames = list(gif_frames(source))
    if not frames:
        return (width, height), None
    shown = max(width, frames[0].right), max(height, frames[0].bottom)
    whole = max(width, *(each.right for each in frames)), max(height, *(each.bottom for each in frames))
    if whole == (width, height):
        return shown, None
    content = bytearray(in_memory(source).getvalue())
    content[6:10] = struct.pack("<2H", *(min(side, 0xFFFF) for side in whole))
    return shown, BytesIO(content)


def _pass_colour_table(source: LocalFile, flags: int) -> None:
    """Move past a colour table that a flag byte announces."""
    if flags & 0x80:
        source.seek(3 << (flags & 7) + 1, 1)


def _pass_sub_blocks(source: LocalFile) -> bytes:
    """Move past a chain of sub-blocks; return the first."""
    first = None
    while (length := source.read(1)) and length[0]:
        content = source.read(length[0])
        first = content if first is None else first
    return first or b""
