"""Any Pillow picture as 8-bit sRGB: palettes, alpha, 16-bit, CMYK and ICC profiles taken into account."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageCms

from tokcomp_cli.core.lazy import np, npt
from tokcomp_cli.core.names import printable
from tokcomp_cli.media.boxes import items_of
from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.gamut import differs_from_srgb, hdr_note, to_srgb, turned_note
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.stills.png import code_points_of as png_code_points

_ROUNDING_LEVELS = 2
_SIXTEEN_TO_EIGHT = 257  # 65535 / 255
_ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")


def code_points_of(source: LocalFile, container: StillFormat) -> tuple[int, int] | None:
    """Return the code points of primaries and transfer curve that a still names, None where it does not."""
    if container == "png":
        named = png_code_points(source)
        return (named[0], named[1]) if len(named) == 4 else None
    return items_of(source).code_points if container in ("avif", "heif") else None


def srgb(
    image: Image.Image, container: StillFormat, code_points: tuple[int, int] | None = None
) -> tuple[npt.NDArray[np.uint8], tuple[str, ...]]:
    """Return the picture as sRGB with alpha over white, uint8, (H, W, 3), and remarks about it.

    Args:
        image: A loaded picture of any mode.
        container: Its file format; it decides the range of 32-bit grey values.
        code_points: Of its primaries and transfer curve, where it has them; a PNG's stand above its profile.
    """
    plain, range_note = _eight_bit(image, container)
    plain = _unpacked(plain)
    alpha = plain.getchannel("A") if plain.mode in ("RGBA", "LA") else None
    if alpha is not None:
        plain = plain.convert(plain.mode.removesuffix("A"))
    profile = image.info.get("icc_profile")
    if code_points is not None and (container == "png" or not profile):
        plain, colour_note = _by_code_points(plain.convert("RGB"), *code_points)
    else:
        plain, colour_note = _through_profile(plain, profile)
    if plain.mode != "RGB":
        plain = plain.convert("RGB")
    if alpha is not None and alpha.getextrema() != (255, 255):
        plain = Image.composite(plain, Image.new("RGB", plain.size, "white"), alpha)
    notes = tuple(note for note in (range_note, colour_note) if note)
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


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Return whether an RGB profile, whatever its name, leaves sRGB as it is but for rounding."""
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
    greys = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, -1, 3)
    colours = np.concatenate((cube, greys), axis=1)
    turned = ImageCms.profileToProfile(Image.fromarray(colours), profile, ImageCms.createProfile("sRGB"))
    if turned is None:
        return False
    return int(np.abs(np.asarray(turned).astype(int) - colours).max()) <= _ROUNDING_LEVELS


def _by_code_points(image: Image.Image, primaries: int, transfer: int) -> tuple[Image.Image, str | None]:
    """Return an RGB picture in sRGB, and a remark on what was done or, for HDR, left."""
    if not differs_from_srgb(primaries, transfer):
        return image, hdr_note("picture", transfer)
    turned = to_srgb(np.asarray(image, dtype=np.uint8), primaries, transfer)
    return Image.fromarray(turned), turned_note(primaries, transfer)


def _through_profile(image: Image.Image, profile_bytes: bytes | None) -> tuple[Image.Image, str | None]:
    """Return the picture in sRGB by its embedded ICC profile, and a remark on what was done."""
    if not profile_bytes:
        return image, None
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(profile_bytes))
        name = (profile.profile.profile_description or "unnamed").strip()
        space = profile.profile.xcolor_space.strip()
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        if space == "RGB" and image.mode == "RGB" and _is_srgb(profile):
            return image, None
        converted = ImageCms.profileToProfile(
            image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image, "The ICC profile is unusable; the colours were taken as sRGB."
    if converted is None:
        return image, None
    return converted, f"Colours were turned from the ICC profile {printable(name)} to sRGB."
