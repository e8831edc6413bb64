"""Any Pillow picture as 8-bit sRGB: palettes, alpha, 16-bit, CMYK and ICC profiles taken into account."""

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from tokcomp_cli.core.names import printable
from tokcomp_cli.media.formats import StillFormat

_SIXTEEN_TO_EIGHT = 257  # 65535 / 255
_ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")


def srgb(image: Image.Image, container: StillFormat) -> tuple[npt.NDArray[np.uint8], tuple[str, ...]]:
    """Return the picture as sRGB with alpha over white, uint8, (H, W, 3), and remarks about it.

    Args:
        image: A loaded picture of any mode.
        container: Its file format; it decides the range of 32-bit grey values.
    """
    plain, range_note = _eight_bit(image, container)
    plain = _unpacked(plain)
    alpha = plain.getchannel("A") if plain.mode in ("RGBA", "LA") else None
    if alpha is not None:
        plain = plain.convert(plain.mode.removesuffix("A"))
    plain, profile_note = _through_profile(plain, image.info.get("icc_profile"))
    if plain.mode != "RGB":
        plain = plain.convert("RGB")
    if alpha is not None and alpha.getextrema() != (255, 255):
        plain = Image.composite(plain, Image.new("RGB", plain.size, "white"), alpha)
    notes = tuple(note for note in (range_note, profile_note) if note)
    return np.ascontiguousarray(np.asarray(plain, dtype=np.uint8)), notes


def rgba(image: Image.Image, container: StillFormat) -> Image.Image:
    """Return the picture with 8 bits a channel and alpha, RGBA, its colours as they are stored."""
    return _unpacked(_eight_bit(image, container)[0]).convert("RGBA")


def _eight_bit(image: Image.Image, container: StillFormat) -> tuple[Image.Image, str | None]:
    """Return the picture with 8 bits a channel, and a remark when its range had to be guessed."""
    if not image.mode.startswith(("I", "F")):
        return image, None
    stored = np.asarray(image)
    values = np.nan_to_num(stored.astype(np.float64), posinf=0.0, neginf=0.0)
    note = None
    if image.mode.startswith("I;16") or container in ("ppm", "png"):
        values = values / _SIXTEEN_TO_EIGHT
    else:
        low, high = float(values.min()), float(values.max())
        values = (values - low) * (255.0 / (high - low) if high > low else 0.0)
        note = f"Grey values from {low:g} to {high:g} were stretched to 0-255."
    grey = Image.fromarray(np.floor(np.clip(values, 0, 255) + 0.5).astype(np.uint8))
    grey.info = dict(image.info)
    key = grey.info.pop("transparency", None)
    if isinstance(key, int):  # compared before rounding
        grey.putalpha(Image.fromarray(np.where(stored == key, 0, 255).astype(np.uint8)))
    return grey, note


def _unpacked(image: Image.Image) -> Image.Image:
    """Return the picture in one of the modes L, LA, RGB, RGBA, CMYK or LAB."""
    if image.mode in ("L", "RGB", "1", "P") and "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("PA", "RGBa"):
        return image.convert("RGBA")
    if image.mode == "La":
        return image.convert("LA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB"):
        return image
    return image.convert("RGB")


def _through_profile(image: Image.Image, profile_bytes: bytes | None) -> tuple[Image.Image, str | None]:
    """Return the picture in sRGB by its embedded ICC profile, and a remark on what was done."""
    if not profile_bytes:
        return image, None
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(profile_bytes))
        name = (profile.profile.profile_description or "unnamed").strip()
        if "srgb" in name.lower():
            return image, None
        space = profile.profile.xcolor_space.strip()
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        converted = ImageCms.profileToProfile(
            image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image, "The ICC profile is unusable; the colours were taken as sRGB."
    if converted is None:
        return image, None
    return converted, f"Colours were turned from the ICC profile {printable(name)} to sRGB."
