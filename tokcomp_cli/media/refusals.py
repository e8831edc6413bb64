"""Files that are something else than a picture or a video that can be read here: named, and what to do."""

import struct

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.source import LocalFile

_LOOKED_AT_BYTES = 4096
_PICTURE, _RAW = "save it as PNG or JPEG", "develop it to JPEG or TIFF first"
# By their first bytes: what it is, and what to do.
_BY_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "save its pages as pictures"),
    (b"%!PS", "a PostScript or EPS drawing", _PICTURE),
    (b"\xc5\xd0\xd3\xc6", "an EPS drawing", _PICTURE),
    (b"SIMPLE  =", "a FITS file of astronomy", _PICTURE),
    (b"FUJIFILMCCD-RAW", "a camera's raw photo (RAF)", _RAW),
    (b"IIRO", "a camera's raw photo (ORF)", _RAW),
    (b"IIRS", "a camera's raw photo (ORF)", _RAW),
    (b"MMOR", "a camera's raw photo (ORF)", _RAW),
    (b"IIU\0", "a camera's raw photo (RW2)", _RAW),
    (b"FOVb", "a camera's raw photo (X3F)", _RAW),
    (b"DDS ", "a DDS texture", _PICTURE),
    (b"\x01\xda", "an SGI picture", _PICTURE),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture", _PICTURE),
    (b"#?RADIANCE", "a Radiance HDR picture", _PICTURE),
    (b"#?RGBE", "a Radiance HDR picture", _PICTURE),
    (b"gimp xcf", "a GIMP drawing (XCF)", _PICTURE),
    (b"icns", "an Apple icon (ICNS)", _PICTURE),
    (b"II\xbc", "a JPEG XR picture", _PICTURE),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile", _PICTURE),
    (b"\x97JB2\r\n\x1a\n", "a JBIG2 picture", _PICTURE),
    (b"\x59\xa6\x6a\x95", "a Sun raster picture", _PICTURE),
    (b"PK\x03\x04", "a ZIP archive or an office document", "unpack it, and give the pictures in it"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
)
_MARKUP_MAGIC = (b"<?xml", b"<svg", b"<!doctype svg")


def require_readable(source: LocalFile) -> None:
    """Raise MediaError when a file's first bytes tell that it is something that is never read here.

    Raises:
        MediaError: It names what it is, and what to do.
    """
    found = _named(source)
    if found is not None:
        raise unsupported(source, *found)


def unsupported(source: LocalFile, what: str, advice: str = _PICTURE) -> MediaError:
    """Return the error for a sound file of a kind that is not read here.

    Args:
        source: The file.
        what: Its kind, with an article.
        advice: What to do.
    """
    return MediaError(
        f"{printable(source.path)}: an image or a video was expected, and this is {what}, which is not "
        f"supported; {advice}."
    )


def damaged(source: LocalFile, what: str, why: str) -> MediaError:
    """Return the error for a damaged file.

    Args:
        source: The file.
        what: What was expected, as `JPEG picture`.
        why: What is damaged, as `its header is damaged`.
    """
    return MediaError(
        f"{printable(source.path)}: a readable {what} was expected, but {why}; save it again or use another "
        "copy."
    )


def too_large(source: LocalFile, size: tuple[int, int] | None, max_pixels: int | None) -> MediaError:
    """Return the error for a picture of too many pixels, as far as its size and the bound are known."""
    bound = "fewer" if max_pixels is None else f"at most {max_pixels:,}"
    claim = "the header claims more than can be decoded"
    if size is not None:
        width, height = size
        claim = f"the header claims {width}×{height} = {width * height:,}"
    advice = "reduce it first" if max_pixels is None else "raise `max_pixels` if you trust the file"
    return MediaError(
        f"{printable(source.path)}: {bound} pixels were expected, but the picture is too large: {claim}; "
        f"{advice}."
    )


def _named(source: LocalFile) -> tuple[str, str] | None:
    """Return what a file is and what to do, by its first bytes, None where they do not tell."""
    source.seek(0)
    head = source.read(_LOOKED_AT_BYTES)
    source.seek(0)
    for magic, what, advice in _BY_MAGIC:
        if head.startswith(magic):
            return what, advice
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_MARKUP_MAGIC) and b"<svg" in text:
        return "an SVG drawing", _PICTURE
    if head[4:12] == b"ftypcrx ":
        return "a camera's raw photo (CR3)", _RAW
    if head[:1] == b"\x0a" and head[1:2] in b"\0\2\3\4\5" and head[2:3] in b"\0\1" and _is_pcx(head):
        return "a PCX picture", _PICTURE
    return None


def _is_pcx(head: bytes) -> bool:
    """Return whether the size that a PCX header tells is one."""
    if len(head) < 128:
        return False
    left, top, right, bottom = struct.unpack("<4H", head[4:12])
    return head[3] in (1, 2, 4, 8) and left <= right and top <= bottom
