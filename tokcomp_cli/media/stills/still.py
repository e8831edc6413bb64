"""Opening still pictures and animations with Pillow: an explicit list of formats, bounded before decoding."""

import contextlib
import warnings
from collections.abc import Iterator

from PIL import Image, ImageFile

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.boxes import items_of
from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.refusals import damaged, too_large, unsupported
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.stills import gif
from tokcomp_cli.media.stills.alone import picture_alone
from tokcomp_cli.media.stills.pillow import has_decoder, opened
from tokcomp_cli.media.stills.tiff import classic_tiff, is_raw_photo, kind_of

_MOST_DECODED_PIXELS = 1 << 28  # libavif and libheif decode no more
_UNDECODED = {
    "heif": ("a HEIF picture", "install pillow-heif or convert it to JPEG"),
    "jxl": ("a JPEG XL picture", "install pillow-jxl-plugin or convert it to PNG"),
}
_UNREAD_SIGNS = ("nsupported", "unknown pixel mode", "not implemented", "unknown compression", "unknown bmp")
_ORIENTATION_TAG = 0x0112
_TURNS: dict[int, tuple[Image.Transpose, int, bool]] = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT, 0, True),
    3: (Image.Transpose.ROTATE_180, 180, False),
    4: (Image.Transpose.FLIP_TOP_BOTTOM, 180, True),
    5: (Image.Transpose.TRANSPOSE, 270, True),
    6: (Image.Transpose.ROTATE_270, 90, False),
    7: (Image.Transpose.TRANSVERSE, 90, True),
    8: (Image.Transpose.ROTATE_90, 270, False),
}


def open_picture(source: LocalFile, container: StillFormat) -> ImageFile.ImageFile:
    """Return the opened picture; its header is read, its pixels are not.

    Where Pillow stumbles over what stands beside the pixels of a PNG or a JPEG, it gets them alone.

    Args:
        source: The file.
        container: Its format by magic.

    Raises:
        MediaError: The header is damaged or no library for the format is installed.
    """
    if not has_decoder(container):
        what, advice = _UNDECODED.get(container, (container.upper(), "convert it to PNG"))
        raise unsupported(source, f"{what}, for which no decoder is installed", advice)
    if container == "tiff" and is_raw_photo(source):
        raise unsupported(source, "a camera's raw photo", "develop it to JPEG or TIFF first")
    source.seek(0)
    content = gif.screen(source)[1] if container == "gif" else None
    content = classic_tiff(source) if container == "tiff" else content
    source.seek(0)
    with foreign_errors(source, container, "its header is damaged"):
        try:
            return opened(container, content or source)
        except Exception as error:
            alone = picture_alone(source, container)
            if alone is not None:
                with contextlib.suppress(Exception):
                    return alone()
            if container in ("avif", "heif"):
                width, height = items_of(source).largest
                if width * height > _MOST_DECODED_PIXELS:
                    raise too_large(source, (width, height), None) from error
            if (kind := _unread_kind(source, container, error)) is not None:
                raise unsupported(source, kind) from error
            raise


def _unread_kind(source: LocalFile, container: StillFormat, error: Exception) -> str | None:
    """Return what kind of picture Pillow says it does not read, with an article; None where it is damaged."""
    name = container.upper()
    if container == "tiff" and (rare := kind_of(source)) is not None:
        return f"a TIFF picture {rare}"
    words = str(error).lower()
    if isinstance(error, NotImplementedError) or any(sign in words for sign in _UNREAD_SIGNS):
        return f"a {name} picture of a rare kind"
    return None


@contextlib.contextmanager
def foreign_errors(source: LocalFile, container: str, what: str) -> Iterator[None]:
    """Turn any error of Pillow into a MediaError, and silence its warnings.

    Its readers raise nearly every built-in error on damaged input, so all are caught here.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (MediaError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise too_large(source, None, None) from error
    except Exception as error:
        raise damaged(source, f"{container.upper()} picture", what) from error


def bound_pixels(source: LocalFile, size: tuple[int, int], max_pixels: int) -> None:
    """Raise MediaError when a picture has no pixels or more than allowed.

    Args:
        source: The file, for the message.
        size: Width and height that the header claims.
        max_pixels: Most pixels allowed.
    """
    width, height = size
    if width < 1 or height < 1:
        raise MediaError(
            f"{printable(source.path)}: a picture was expected, but its size is {width}×{height}; check it."
        )
    if width * height > max_pixels:
        raise too_large(source, size, max_pixels)


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation of a picture, 1 where there is none or it is damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # EXIF is a side matter: whatever is wrong with it, the picture is upright
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def pictures_in(image: Image.Image) -> int:
    """Return how many pictures a file holds, 1 where the later ones are damaged beyond counting."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return int(getattr(image, "n_frames", 1))
    except Exception:  # only the first is read, so what is wrong with the others does not matter
        return 1


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture as displayed, turned and mirrored by its EXIF orientation."""
    return image.transpose(_TURNS[orientation][0]) if orientation in _TURNS else image


def turn_of(orientation: int) -> tuple[int, bool]:
    """Return degrees clockwise and whether the picture is mirrored too, of an EXIF orientation."""
    _transpose, degrees, mirrored = _TURNS.get(orientation, (None, 0, False))
    return degrees, mirrored
