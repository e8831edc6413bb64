"""A folder of odd files, each with what must become of it: whole, damaged, refused, or any of these."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from tests.media import field_pictures
from tests.media.clips import CLIPS, X264, Clip, numbered_picture, write
from tests.media.pngs import END, SIGNATURE, gif, header
from tests.media.test_image import arrow
from tests.media.test_kinds import REFUSED, gradient, tiff
from tests.media.test_odd_stills import ANIMATIONS, WHOLE_JPEGS, WHOLE_PNGS
from tests.media.test_times import remuxed
from tests.media.test_whole import JUNK, with_edits

FRAMES = 12
_CLIPS = (
    "closed.mp4", "closed.mkv", "closed.flv", "open_gop.mkv", "h264.ts", "h264.avi", "mpeg4_b.avi",
    "mpeg2.mpg", "mpeg2.mkv", "vp8_altref.webm", "vp9.webm", "ffv1.mkv", "mjpeg.avi", "prores.mov",
    "fragmented.mp4", "rotated_90.mp4", "ten_bit.mp4", "full_444.mp4", "odd_size.mp4", "aspect.mp4",
    "hdr_pq.mp4", "raw.h264",
)  # fmt: skip
_WITH_JUNK = ("closed.mp4", "closed.mkv", "h264.avi", "h264.ts")
_MODES = ("RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16")
_SUFFIXES = ("png", "jpg", "gif", "webp", "bmp", "tiff", "jp2", "avif", "ppm", "ico", "qoi", "tga")
Odd = tuple[str, bytes, str]
"""Name, content, and what must become of it."""


def write_odd(folder: Path, beside: Path) -> dict[str, str]:
    """Write the files and return what must become of each, by name.

    Args:
        folder: Gets the odd files only.
        beside: For what they are made from.
    """
    kinds = {}
    for makers in (_clips(beside), _times(beside), _stills(), _made_by_hand(), _refused()):
        for name, content, kind in makers:
            assert name not in kinds, name
            (folder / name).write_bytes(content)
            kinds[name] = kind
    return kinds


def _clips(beside: Path) -> Iterator[Odd]:
    """Yield clips whole, with bytes behind their end, cut, and with a hole."""
    by_name = {clip.name: clip for clip in CLIPS}
    for name in _CLIPS:
        content = write(replace(by_name[name], frames=FRAMES), beside).read_bytes()
        yield name, content, "whole"
        # nothing tells where a transport stream ends
        yield f"cut {name}", content[: len(content) * 7 // 10], "any" if name == "h264.ts" else "damaged"
        if name in _WITH_JUNK:
            for junk, behind in JUNK.items():
                yield f"{junk} behind {name}", content + behind, "whole"


def _times(beside: Path) -> Iterator[Odd]:
    """Yield clips whose packets tell no times, wrong ones, or cut ones."""
    with_b = write(Clip("b.mp4", options=X264, frames=FRAMES), beside)
    plain = write(Clip("plain.mp4", options={**X264, "bf": "0"}, frames=FRAMES), beside)
    for suffix in ("mkv", "ts", "flv", "nut"):
        path = remuxed(with_b, beside / f"decoding times.{suffix}", lambda number, _place: (number, number))
        yield path.name, path.read_bytes(), "whole"
    for suffix in ("mkv", "mp4"):
        path = remuxed(
            plain, beside / f"repeated.{suffix}", lambda n, _place: (4 if n == 5 else n, n - FRAMES)
        )
        yield path.name, path.read_bytes(), "whole"
        path = field_pictures.write(beside / f"fields.{suffix}", FRAMES)
        yield path.name, path.read_bytes(), "whole"
    for number, edits in enumerate(([(0.2, 0)], [(0.2, 0.12)], [(0.1, 0.2), (0.1, 0)])):
        path = with_edits(plain, beside / f"edits {number}.mp4", edits)
        yield path.name, path.read_bytes(), "whole"


def _saved(picture: Image.Image, suffix: str, **options: object) -> bytes | None:
    """Return a picture in a format, None where it holds no such picture."""
    content = BytesIO()
    name = Image.registered_extensions()[f".{suffix}"]
    try:
        picture.save(content, name, **options)
    except (OSError, ValueError, KeyError):
        return None
    return content.getvalue()


def _stills() -> Iterator[Odd]:
    """Yield stills of every mode, turned, cut, under wrong names, and animations."""
    Image.init()
    plain = Image.fromarray(gradient())
    wide = Image.fromarray(np.asarray(plain.convert("L")).astype(np.uint16) * 257)
    for suffix in _SUFFIXES:
        for mode in _MODES:
            content = _saved(wide if mode == "I;16" else plain.convert(mode), suffix)
            if content is not None:
                yield f"{mode} of {suffix}.{suffix}", content, "whole"
                if mode == "RGB":
                    yield f"{suffix} without a suffix", content, "whole"
                    yield f"{suffix} as a video.mp4", content, "whole"
                    yield f"cut.{suffix}", content[: len(content) // 2], "damaged"
    for suffix in ("png", "webp", "tiff", "jpg"):
        for orientation in range(1, 9):
            exif = Image.Exif()
            exif[0x0112] = orientation
            content = _saved(Image.fromarray(arrow()), suffix, exif=exif)
            yield f"turned {orientation}.{suffix}", content or b"", "whole"
    pictures = [Image.fromarray(numbered_picture(number)) for number in range(4)]
    for suffix in ("gif", "webp", "png", "tiff", "mpo", "avif"):
        content = _saved(pictures[0], suffix, save_all=True, append_images=pictures[1:], duration=80) or b""
        yield f"many.{suffix}", content, "whole"
        first_is_read = suffix in ("tiff", "mpo")
        yield f"cut many.{suffix}", content[: len(content) * 3 // 5], "whole" if first_is_read else "damaged"
    for name in ("PNG", "JPEG"):
        content = b"".join(_saved(picture, name.lower()) or b"" for picture in pictures)
        yield f"raw stream of {name}", content, "whole"
        yield f"cut raw stream of {name}", content[:-200], "damaged"


def _made_by_hand() -> Iterator[Odd]:
    """Yield pictures that are whole in their pixels, and odd around them."""
    for name, parts in WHOLE_PNGS.items():
        yield f"{name}.png", SIGNATURE + header() + b"".join(parts), "whole"
    for name, (parts, _colours, _animated) in ANIMATIONS.items():
        yield f"{name}.apng", SIGNATURE + header() + b"".join((*parts, END)), "whole"
    for name, content in WHOLE_JPEGS.items():
        yield f"{name}.jpg", content, "whole"
    for screen in ((40, 40), (1, 1), (0, 0), (50, 30)):
        frames = [(0, 0, 40, 40, 0), (20, 20, 60, 40, 1), (0, 0, 40, 40, 0)]
        yield f"past {screen[0]} x {screen[1]}.gif", gif(screen, frames), "whole"
    for order in "<>":
        for big in (False, True):
            content = tiff(order=order, big=big, pixels=gradient().tobytes())
            yield f"order {'little' if order == '<' else 'big'} {big}.tif", content, "whole"


def _refused() -> Iterator[Odd]:
    """Yield files that are no picture, or of a kind that is not read."""
    for name, (content, _words) in REFUSED.items():
        yield f"{name}.bin", content, "refused"
    for name, options in {
        "float": {"bits": 32, "form": 3, "pixels": bytes(60 * 40 * 12)},
        "channels": {"samples": 5, "pixels": bytes(60 * 40 * 5)},
        "webp": {"method": 50001, "pixels": bytes(300)},
    }.items():
        yield f"{name}.tif", tiff(**options), "refused"
    for length in (1, 7, 300, 20_000):
        yield f"noise of {length}", np.random.default_rng(length).bytes(length), "refused"
        yield f"zeros of {length}", bytes(length), "refused"
    yield "empty.mp4", b"", "refused"
    yield "words.txt", b"a note about pictures\n" * 20, "refused"
