"""How long each frame of a GIF, WebP or APNG is shown: read from block lengths, no decoding."""

from collections.abc import Iterator

from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.source import LocalFile

# What browsers do with a delay too short to be meant.
_SHORTEST_SECONDS = 0.011
_INSTEAD_SECONDS = 0.1
_GIF_IMAGE, _GIF_EXTENSION, _GIF_CONTROL = 0x2C, 0x21, 0xF9


def frame_seconds(source: LocalFile, container: StillFormat) -> list[float]:
    """Return each frame's duration in seconds; empty when it is no animation or has one frame.

    A file that is cut off gives the frames that begin before its end. As in browsers, a delay of
    10 ms or less counts as 100 ms.
    """
    readers = {"gif": _gif_seconds, "webp": _webp_seconds, "png": _apng_seconds}
    reader = readers.get(container)
    if reader is None:
        return []
    source.seek(0)
    seconds = [given if given >= _SHORTEST_SECONDS else _INSTEAD_SECONDS for given in reader(source)]
    source.seek(0)
    return seconds if len(seconds) > 1 else []


def _gif_seconds(source: LocalFile) -> Iterator[float]:
    """Yield the delay of each image block of a GIF."""
    header = source.read(13)
    if len(header) < 13:
        return
    _pass_colour_table(source, header[10])
    delay = 0.0
    while block := source.read(1):
        if block[0] == _GIF_EXTENSION:
            label = source.read(1)
            first = _pass_sub_blocks(source)
            if label and label[0] == _GIF_CONTROL and len(first) >= 4:
                delay = int.from_bytes(first[1:3], "little") / 100
        elif block[0] == _GIF_IMAGE:
            descriptor = source.read(9)
            if len(descriptor) < 9:
                return
            _pass_colour_table(source, descriptor[8])
            if not source.read(1):  # LZW code size
                return
            _pass_sub_blocks(source)
            yield delay
            delay = 0.0
        else:  # the trailer, or damage
            return


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


def _webp_seconds(source: LocalFile) -> Iterator[float]:
    """Yield the duration of each animation frame of a WebP."""
    source.seek(12)
    while len(header := source.read(8)) == 8:
        length = int.from_bytes(header[4:], "little")
        if header[:4] == b"ANMF":
            frame = source.read(16)
            if len(frame) < 16:
                return
            yield int.from_bytes(frame[12:15], "little") / 1000
            source.seek(-16, 1)
        source.seek(length + (length & 1), 1)


def _apng_seconds(source: LocalFile) -> Iterator[float]:
    """Yield the delay of each frame control chunk of a PNG."""
    source.seek(8)
    while len(header := source.read(8)) == 8:
        length = int.from_bytes(header[:4], "big")
        if header[4:] == b"fcTL":
            control = source.read(min(length, 26))
            if len(control) < 26:
                return
            numerator, denominator = (
                int.from_bytes(control[20:22], "big"),
                int.from_bytes(control[22:24], "big"),
            )
            yield numerator / (denominator or 100)
            source.seek(-26, 1)
        elif header[4:] == b"IEND":
            return
        source.seek(length + 4, 1)
