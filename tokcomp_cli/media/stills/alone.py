"""The pixels of a PNG or a JPEG without what stands beside them, for Pillow to read."""

from collections.abc import Callable
from functools import partial
from io import BytesIO

from PIL import ImageFile

from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.source import LocalFile, in_memory
from tokcomp_cli.media.stills import jpeg
from tokcomp_cli.media.stills.pillow import opened
from tokcomp_cli.media.stills.png import PngParts, content, parts_of, plain_png


def picture_alone(source: LocalFile, container: StillFormat) -> Callable[[], ImageFile.ImageFile] | None:
    """Return what opens the picture alone, None for other formats. Errors are Pillow's own, or ValueError."""
    if container == "jpeg":
        return lambda: opened("jpeg", BytesIO(jpeg.picture_alone(in_memory(source).getvalue())))
    return partial(_png_alone, source) if container == "png" else None


def png_of(parts: PngParts, pixels: bytes) -> ImageFile.ImageFile:
    """Return an opened PNG of compressed pixels, with the profile and the EXIF of the file they are from."""
    image = opened("png", plain_png(parts, pixels))
    if parts.profile:
        image.info["icc_profile"] = parts.profile
    if parts.exif:
        image.info["exif"] = parts.exif
    return image


def packed_pixels(source: LocalFile, parts: PngParts) -> bytes:
    """Return the compressed pixels of a PNG."""
    return b"".join(content(source, span) for span in parts.pixels)


def _png_alone(source: LocalFile) -> ImageFile.ImageFile:
    """Return an opened PNG without text, checksums of it, and chunks that do not touch the pixels."""
    parts = parts_of(source)
    if len(parts.header) < 13 or not parts.pixels:
        raise ValueError("it has no header or no pixels")
    return png_of(parts, packed_pixels(source, parts))
