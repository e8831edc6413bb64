"""Loading a picture: whole, or what there is of it, never a blank."""

import contextlib
import warnings
import zlib
from io import BytesIO

import numpy as np
from PIL import Image, ImageFile

from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.refusals import damaged, unsupported
from tokcomp_cli.media.source import LocalFile, in_memory
from tokcomp_cli.media.stills import jpeg
from tokcomp_cli.media.stills.alone import packed_pixels, png_of
from tokcomp_cli.media.stills.pillow import opened
from tokcomp_cli.media.stills.png import inflated, parts_of
from tokcomp_cli.media.stills.still import foreign_errors
from tokcomp_cli.media.stills.tiff import kind_of

_SALVAGED_BY_ROWS = ("bmp", "gif", "ppm", "tiff")


def load_whole_or_part(
    image: ImageFile.ImageFile, source: LocalFile, container: StillFormat
) -> tuple[Image.Image, bool]:
    """Return the decoded picture and whether it is only a part of it.

    Raises:
        MediaError: Not even a part can be decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.load()
    except Exception as error:
        with foreign_errors(source, container, "its picture is damaged"):
            return _salvaged(image, source, container, error)
    if "wide_transparency" in image.info:
        with foreign_errors(source, container, "its colour key cannot be read"):
            return _keyed(image, source), False
    return image, False


def _salvaged(
    image: ImageFile.ImageFile, source: LocalFile, container: StillFormat, error: Exception
) -> tuple[Image.Image, bool]:
    """Return what can be decoded of a picture that Pillow gives up, and whether something is missing."""
    if container == "png":
        return _rows_of_png(source)
    if container == "jpeg":
        return _blocks_of_jpeg(image, source)
    if container not in _SALVAGED_BY_ROWS:
        raise error
    # The rows decoded before the error are in the picture; no tile left means nothing to load.
    image.tile = []
    image.load()
    image.getpixel((0, 0))
    if not np.asarray(image).any():
        if container == "tiff" and (rare := kind_of(source)) is not None:
            raise unsupported(source, f"a TIFF picture {rare}")
        raise _nothing(source, container)
    return image, True


def _rows_of_png(source: LocalFile) -> tuple[Image.Image, bool]:
    """Return the rows of a PNG that can be inflated, whatever its checksums say, and whether some cannot."""
    parts = parts_of(source)
    rows, there = inflated(parts, packed_pixels(source, parts))
    if there == 0:
        raise _nothing(source, "png")
    image = png_of(parts, zlib.compress(rows, 1))
    image.load()
    return image, there < len(rows)


def _blocks_of_jpeg(image: ImageFile.ImageFile, source: LocalFile) -> tuple[Image.Image, bool]:
    """Return what can be decoded of a JPEG, grey elsewhere, and whether something is missing.

    With an end marker in place libjpeg fills in what is missing, also in progressive files. A picture that
    was there to its last block stays the same when senseless data follow.
    """
    alone = jpeg.picture_alone(in_memory(source).getvalue())
    ended = _filled_in(image, jpeg.ended(alone))
    partly = not _same(ended, _filled_in(image, jpeg.filled(alone)))
    if partly and _same(ended, _filled_in(image, jpeg.ended(jpeg.without_data(alone)))):
        raise _nothing(source, "jpeg")
    return ended, partly


def _filled_in(image: ImageFile.ImageFile, content: bytes) -> Image.Image:
    """Return a JPEG as far as it can be decoded, at the size that an opened one was asked for."""
    picture = opened("jpeg", BytesIO(content))
    picture.draft(image.mode, image.size)
    with contextlib.suppress(OSError):
        picture.load()
    picture.tile = []
    picture.load()
    picture.getpixel((0, 0))
    return picture


def _same(one: Image.Image, other: Image.Image) -> bool:
    """Return whether two pictures have the same pixels."""
    return bool(np.array_equal(np.asarray(one), np.asarray(other)))


def _keyed(image: Image.Image, source: LocalFile) -> Image.Image:
    """Return a 16-bit RGB PNG with the alpha of its colour key, compared before rounding."""
    import cv2

    wide = cv2.imdecode(np.frombuffer(in_memory(source).getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
    image.info.pop("wide_transparency")
    if wide is None or wide.ndim != 3 or wide.shape[2] != 4:
        raise ValueError("the key names no colour")
    image.putalpha(Image.fromarray(np.where(wide[..., 3] > 0, 255, 0).astype(np.uint8)))
    return image


def _nothing(source: LocalFile, container: str) -> MediaError:
    """Return the error for a picture of which nothing can be decoded."""
    why = "nothing of its pixels can be decoded, so it is damaged"
    return damaged(source, f"{container.upper()} picture", why)
