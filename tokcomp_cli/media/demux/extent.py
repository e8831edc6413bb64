"""Whether a file ends before the parts that hold its pictures do: a walk over lengths, no decoding."""

from collections.abc import Iterator

from tokcomp_cli.media.boxes import iso_boxes
from tokcomp_cli.media.formats import is_iso_media, is_matroska
from tokcomp_cli.media.source import LocalFile

_MOST_PARTS = 1_000_000
_ISO_WITH_PICTURES = frozenset({b"moov", b"moof", b"mdat"})
_SEGMENT, _CLUSTER, _CUES = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75", b"\x1c\x53\xbb\x6b"
_PACK, _TAIL_BYTES = b"\0\0\1\xba", 1 << 18
# How a picture of a raw stream begins and ends.
_RAW_PICTURES = ((b"\xff\xd8\xff", b"\xff\xd9"), (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB\x60\x82"))
_UNKNOWN_RIFF = frozenset({0, 0xFFFFFFFF})  # what is written to a pipe


def missing_bytes(source: LocalFile) -> int:
    """Return how many bytes of the parts that hold pictures lie beyond the end of the file.

    0 where none are or where the container does not say. What follows those parts (an index, tags, bytes
    that belong to nothing) may be cut or odd without harm.
    """
    head = source.head()
    if is_iso_media(head):
        end = _iso_end(source)
    elif is_matroska(head):
        end = _matroska_end(source)
    elif head[:4] == b"RIFF":
        end = _avi_end(source)
    elif head[:4] == b"OggS":
        end = _ogg_end(source)
    elif head[:4] == _PACK:
        end = _program_end(source)
    else:
        end = _pictures_end(source, head)
    source.seek(0)
    return max(end - source.size_bytes, 0)


def _iso_end(source: LocalFile) -> int:
    """Return where the last top-level box that holds pictures ends."""
    return max((end for kind, _start, end in iso_boxes(source) if kind in _ISO_WITH_PICTURES), default=0)


def _avi_end(source: LocalFile) -> int:
    """Return where the last list of pictures of an AVI ends, 0 where a length was never filled in."""
    riff, last = 0, 0
    for _ in range(_MOST_PARTS):
        source.seek(riff)
        header = source.read(12)
        length = int.from_bytes(header[4:8], "little")
        if header[:4] != b"RIFF" or header[8:] not in (b"AVI ", b"AVIX") or length in _UNKNOWN_RIFF:
            return last
        for kind, end in _riff_chunks(source, riff + 12, riff + 8 + length):
            last = end if kind == b"movi" else last
        riff += 8 + length + (length & 1)
    return last


def _riff_chunks(source: LocalFile, position: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Yield type and end of the chunks of a RIFF file between two places; a list has its own type."""
    while position < end:
        source.seek(position)
        header = source.read(12)
        length = int.from_bytes(header[4:8], "little")
        if len(header) < 12 or length in _UNKNOWN_RIFF:
            return
        yield header[8:] if header[:4] == b"LIST" else header[:4], position + 8 + length
        position += 8 + length + (length & 1)


def _ogg_end(source: LocalFile) -> int:
    """Return where the last page of an Ogg file ends, one byte further where it is not marked as the last."""
    tail, offset = _tail(source)
    at = tail.rfind(b"OggS")
    if at < 0 or at + 27 > len(tail):
        return source.size_bytes + 1 if at >= 0 else 0
    count = tail[at + 26]
    lengths = tail[at + 27 : at + 27 + count]
    if len(lengths) < count:
        return source.size_bytes + 1
    end = offset + at + 27 + count + sum(lengths)
    is_last = tail[at + 5] & 4
    return end if is_last or end > source.size_bytes else source.size_bytes + 1


def _program_end(source: LocalFile) -> int:
    """Return where the last packet of an MPEG program stream ends."""
    tail, offset = _tail(source)
    at = tail.rfind(_PACK)
    if not 0 <= at < len(tail) - 14:
        return 0
    at += 14 + (tail[at + 13] & 7) if tail[at + 4] >> 6 == 1 else 12  # of MPEG-2 or MPEG-1
    while at + 6 <= len(tail) and tail[at : at + 3] == b"\0\0\1" and tail[at + 3] > 0xBA:
        at += 6 + int.from_bytes(tail[at + 4 : at + 6], "big")
    return offset + at


def _pictures_end(source: LocalFile, head: bytes) -> int:
    """Return where a raw stream of pictures ends, a byte beyond the file where its last one does not end."""
    for begin, finish in _RAW_PICTURES:
        if head.startswith(begin):
            tail, _offset = _tail(source)
            return source.size_bytes + (tail.rfind(finish) <= tail.rfind(begin))
    return 0


def _tail(source: LocalFile) -> tuple[bytes, int]:
    """Return the last bytes of a file and where they start."""
    start = max(source.size_bytes - _TAIL_BYTES, 0)
    source.seek(start)
    return source.read(_TAIL_BYTES), start


def _matroska_end(source: LocalFile) -> int:
    """Return where the last cluster of a Matroska file ends, or the segment where it is cut between two."""
    source.seek(0)
    at = source.read(4096).find(_SEGMENT)
    segment_end = _element(source, at)[2] if at >= 0 else None
    if segment_end is None or segment_end <= source.size_bytes:
        return 0
    position, last, indexed = _element(source, at)[1], 0, False
    for _ in range(_MOST_PARTS):
        kind, start, end = _element(source, position)
        if end is None:
            break
        last = end if kind == _CLUSTER else last
        indexed = indexed or kind == _CUES
        if end > source.size_bytes:
            return last
        position = max(end, start)
    return last if indexed else segment_end


def _element(source: LocalFile, position: int) -> tuple[bytes, int, int | None]:
    """Return identifier, start of the content and end of an EBML element; no end where it is unknown."""
    source.seek(position)
    header = source.read(12)
    id_length = 9 - header[0].bit_length() if header and header[0] else 0
    if not 1 <= id_length <= 4 or len(header) <= id_length or not header[id_length]:
        return b"", position, None
    kind, coded = header[:id_length], header[id_length:]
    width = 9 - coded[0].bit_length()
    size = int.from_bytes(coded[:width], "big") & ((1 << 7 * width) - 1)
    start = position + id_length + width
    return kind, start, None if size == (1 << 7 * width) - 1 else start + size
