"""What a file holds besides the still picture that is read: further pictures, a gain map, a clip."""

from typing import cast

from PIL import Image

from tokcomp_cli.media.boxes import iso_boxes, items_of
from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.stills.still import pictures_in

_PICTURES_OF_MPO = 0xB002
_MOST_SEARCHED_BYTES = 64 << 20
_HEADER_BYTES = 256 << 10
_GAIN_MAP_WORDS = (b"hdrgm:", b"GainMap", b"hdrgainmap")
_FIRST_BOXES = (b"moov", b"mdat", b"free", b"wide", b"uuid", b"skip", b"moof")


def companion_notes(source: LocalFile, container: StillFormat, image: Image.Image) -> list[str]:
    """Return remarks on what else the file of a still picture holds.

    Args:
        source: The file.
        container: Its format.
        image: Opened, not loaded.
    """
    notes = []
    pictures = _pictures_of_mpo(source, image) if container == "jpeg" else pictures_in(image)
    if container == "psd":
        if pictures > 1:
            notes.append(f"The composite was read, not its {pictures} layers.")
    elif pictures > 1:
        notes.append(f"The file holds {pictures} pictures; the first was read.")
    gain_map, clip = _beside(source, container)
    if gain_map:
        notes.append("The file holds a gain map for HDR screens; it was left out.")
    if clip:
        notes.append("The file holds a clip beside the picture (a motion photo); it was left out.")
    return notes


def _beside(source: LocalFile, container: StillFormat) -> tuple[bool, bool]:
    """Return whether a file holds a gain map, and a clip."""
    if container in ("heif", "avif"):
        items = items_of(source)
        gain_map = "tmap" in items.kinds or any("gainmap" in name.lower() for name in items.auxiliaries)
        return gain_map, any(kind in (b"mpvd", b"moov") for kind, _start, _end in iso_boxes(source))
    if container != "jpeg":
        return False, False
    source.seek(0)
    content = source.read(_MOST_SEARCHED_BYTES)
    header = content[:_HEADER_BYTES]
    return any(word in header for word in _GAIN_MAP_WORDS), _has_clip(content)


def _has_clip(content: bytes) -> bool:
    """Return whether an MP4 stands behind a JPEG."""
    at = content.find(b"ftyp")
    while at >= 4:
        length = int.from_bytes(content[at - 4 : at], "big")
        following = content[at - 4 + length : at + 4 + length]
        if 16 <= length <= 256 and following[4:] in _FIRST_BOXES:
            return True
        at = content.find(b"ftyp", at + 4)
    return False


def _pictures_of_mpo(source: LocalFile, image: Image.Image) -> int:
    """Return how many of the pictures that an MPO lists are there: who strips the rest keeps the list."""
    listed = getattr(image, "mpinfo", {}).get(_PICTURES_OF_MPO, [])
    if not listed:
        return 1
    source.seek(0)
    base = source.read(_HEADER_BYTES).find(b"MPF\0") + 4  # places count from here
    there = 1
    for entry in cast("list[dict[str, int]]", listed)[1:]:
        source.seek(max(base + entry.get("DataOffset", 0), 0))
        there += source.read(2) == b"\xff\xd8"
    return there
