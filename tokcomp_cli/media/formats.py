"""What a file is by its first bytes; its name does not matter."""

from typing import Literal

StillFormat = Literal[
    "jpeg",
    "png",
    "gif",
    "webp",
    "bmp",
    "tiff",
    "ppm",
    "jpeg2000",
    "avif",
    "heif",
    "ico",
    "qoi",
    "psd",
    "tga",
    "jxl",
]

_STILL_MAGIC: tuple[tuple[bytes, StillFormat], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"8BPS\x00\x01", "psd"),
    (b"\xff\x0a", "jxl"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
    (b"\x00\x00\x00\x0cjP  ", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"qoif", "qoi"),
)
_PNM_MAGIC = tuple(b"P%d%c" % (kind, space) for kind in range(1, 7) for space in b" \t\r\n")
# Depths of a TGA picture by its kind: palette, colours, grey (with alpha 16), and the same with runs.
_TARGA_DEPTHS = {1: (8,), 2: (15, 16, 24, 32), 3: (1, 8, 16), 9: (8,), 10: (15, 16, 24, 32), 11: (8, 16)}
# Brands of the ISO container: `avis` (animated AVIF) is a video track and goes to the video decoders.
_BRANDS: dict[bytes, StillFormat] = {
    b"avif": "avif",
    b"heic": "heif",
    b"heix": "heif",
    b"mif1": "heif",
    b"msf1": "heif",
}
_PLAYLIST_MAGIC = (
    b"#EXTM3U",
    b"ffconcat",
    b"[playlist]",
    b"[reference]",
    b"<asx",
    b"<smil",
    b"<mpd",
)
_PLAYLIST_ELEMENTS = (b"<mpd", b"<smil", b"<asx", b"<playlist", b"<manifest", b"<tt")


def still_format(head: bytes) -> StillFormat | None:
    """Return the picture format that a file's first bytes announce, or None."""
    for magic, name in _STILL_MAGIC:
        if head.startswith(magic):
            return name
    if head.startswith(_PNM_MAGIC):
        return "ppm"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        if head[8:12] in (b"mif1", b"msf1") and b"avif" in head[16:]:
            return "avif"
        return _BRANDS.get(head[8:12])
    return None


def is_targa(head: bytes, size_bytes: int) -> bool:
    """Return whether a file is a TGA picture. It has no magic, so every field of its header must fit.

    Args:
        head: The first 18 bytes at least.
        size_bytes: Of the whole file.
    """
    if len(head) < 18:
        return False
    mapped, kind, depth, descriptor = head[1], head[2], head[16], head[17]
    width, height = int.from_bytes(head[12:14], "little"), int.from_bytes(head[14:16], "little")
    entries, entry_bits = int.from_bytes(head[5:7], "little"), head[7]
    if (
        kind not in _TARGA_DEPTHS
        or depth not in _TARGA_DEPTHS[kind]
        or descriptor & 0xC0
        or not width * height
    ):
        return False
    if mapped != (kind in (1, 9)) or (mapped and entry_bits not in (15, 16, 24, 32)):
        return False
    if not mapped and any(head[3:8]):
        return False
    pixels = height * ((width * depth + 7) // 8) if kind < 9 else 1
    return size_bytes >= 18 + head[0] + entries * ((entry_bits + 7) // 8) + pixels


def is_iso_media(head: bytes) -> bool:
    """Return whether the file starts as an MP4/QuickTime container."""
    return head[4:8] == b"ftyp"


def is_matroska(head: bytes) -> bool:
    """Return whether the file starts as a Matroska/WebM container."""
    return head.startswith(b"\x1a\x45\xdf\xa3")


def is_indexed(head: bytes) -> bool:
    """Return whether the container has a reliable index of keyframes."""
    return is_iso_media(head) or is_matroska(head)


def is_playlist(head: bytes) -> bool:
    """Return whether the file is a text that names other files to play."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<?xml"):
        return any(word in text for word in _PLAYLIST_ELEMENTS)
    return text.startswith(tuple(magic.lower() for magic in _PLAYLIST_MAGIC))


def looks_like_text(head: bytes) -> bool:
    """Return whether the first bytes are plain text."""
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < 60 else "ignore")
    except UnicodeDecodeError:
        return False
    return bool(text) and all(character.isprintable() or character in "\t\r\n" for character in text)
