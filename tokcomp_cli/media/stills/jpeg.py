"""JPEG segments: the picture alone, where Pillow stumbles over what stands beside it."""

from collections.abc import Iterator

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_APPLICATION, _COMMENT = range(0xE0, 0xF0), 0xFE
# An application segment is kept when it is what it claims to be, and so long at least.
_KEPT = (
    (0xE0, b"JFIF\0", 14),
    (0xE1, b"Exif\0\0", 14),
    (0xE2, b"ICC_PROFILE\0", 15),
    (0xEE, b"Adobe", 12),
)
# What a decoder that still wants data would take for pixels, and one that has all passes over.
_FILLING = b"\x5a" * 4096


def picture_alone(content: bytes) -> bytes:
    """Return a JPEG without comments, foreign and broken application segments, and bytes between segments."""
    made = bytearray(b"\xff\xd8")
    for marker, start, end in _segments(content):
        if marker == _SCAN:
            made += content[start - 4 :]
            break
        body = content[start:end]
        kept = any(
            marker == kind and body.startswith(name) and len(body) >= least for kind, name, least in _KEPT
        )
        if kept or (marker not in _APPLICATION and marker != _COMMENT):
            made += content[start - 4 : end]
    return bytes(made)


def ended(content: bytes) -> bytes:
    """Return a JPEG with an end marker, so that a decoder fills in what is missing."""
    return content + b"\xff\xd9"


def filled(content: bytes) -> bytes:
    """Return a JPEG that goes on with senseless data; only a whole one gives the same picture as `ended`."""
    return content + _FILLING + b"\xff\xd9"


def without_data(content: bytes) -> bytes:
    """Return a JPEG that ends where its pixels begin."""
    return content[: next((end for marker, _start, end in _segments(content) if marker == _SCAN), None)]


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of the content of each segment, up to the first scan."""
    position = 0
    while (position := content.find(b"\xff", position)) >= 0 and position + 4 <= len(content):
        marker = content[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in (0, 1, _START, _END) or 0xD0 <= marker <= 0xD7:
            position += 2
        else:
            length = int.from_bytes(content[position + 2 : position + 4], "big")
            if length < 2:
                position += 2
                continue
            yield marker, position + 4, position + 2 + length
            if marker == _SCAN:
                return
            position += 2 + length
