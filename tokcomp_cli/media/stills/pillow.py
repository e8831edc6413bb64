"""The plug-ins of Pillow that may read a picture, and nothing of Pillow that chooses one by itself."""

import importlib
from typing import BinaryIO, cast

from PIL import ImageFile

from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.source import LocalFile

# Only these plug-ins are ever called, by name and after the magic matched: never EPS, PDF, WMF or
# another that runs a program or opens a further file.
_PLUGINS: dict[StillFormat, tuple[str, str]] = {
    "jpeg": ("PIL.JpegImagePlugin", "jpeg_factory"),
    "png": ("PIL.PngImagePlugin", "PngImageFile"),
    "gif": ("PIL.GifImagePlugin", "GifImageFile"),
    "webp": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "bmp": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "tiff": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "ppm": ("PIL.PpmImagePlugin", "PpmImageFile"),
    "jpeg2000": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "avif": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "heif": ("pillow_heif", "HeifImageFile"),
    "ico": ("PIL.IcoImagePlugin", "IcoImageFile"),
    "qoi": ("PIL.QoiImagePlugin", "QoiImageFile"),
    "psd": ("PIL.PsdImagePlugin", "PsdImageFile"),
    "tga": ("PIL.TgaImagePlugin", "TgaImageFile"),
    "jxl": ("pillow_jxl.JpegXLImagePlugin", "JXLImageFile"),
}
_STEPS_OF_GREY = {"L;2": 85, "L;4": 17}


def has_decoder(container: StillFormat) -> bool:
    """Return whether the library that reads a format is installed."""
    module, factory = _PLUGINS[container]
    try:
        return hasattr(importlib.import_module(module), factory)
    except ImportError:
        return False


def opened(container: StillFormat, content: LocalFile | BinaryIO) -> ImageFile.ImageFile:
    """Return an opened picture; its header is read, its pixels are not. Any error is Pillow's own.

    A colour key of a PNG is brought to the values that Pillow gives: it scales 2 and 4 bits of grey but not
    their key. A key of 16-bit colour, which Pillow rounds, is kept in `info` under another name.
    """
    module, factory = _PLUGINS[container]
    plugin = getattr(importlib.import_module(module), factory)
    image = cast("ImageFile.ImageFile", plugin(content))
    key = image.info.get("transparency")
    if container == "png" and key is not None and image.tile:
        raw = image.tile[0].args
        if isinstance(key, int) and raw in _STEPS_OF_GREY:
            image.info["transparency"] = key * _STEPS_OF_GREY[str(raw)]
        elif isinstance(key, tuple) and raw == "RGB;16B":
            image.info["wide_transparency"] = image.info.pop("transparency")
    return image
