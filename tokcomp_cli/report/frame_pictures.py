"""Small pictures of what an encoder saw, read from the file again."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import MediaFacts, Picture
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.encoders.geometry import Placement, place
from tokcomp_cli.errors import TokcompError
from tokcomp_cli.media.open import open_media
from tokcomp_cli.render.page.entries import MOST_PICTURES, pictured_frames
from tokcomp_cli.render.page.picture import PagePicture

LONG_SIDES = ((1, 960), (12, 560), (32, 400), (MOST_PICTURES, 256))
"""Up to so many pictures have so many pixels at their long side."""
THUMBNAIL, MULTIPLE = 240, 480
QUALITY = 72
LONG_FILE, FEW_PICTURES = 6_000, 20
"""From so many frames on, every picture costs a seek: fewer are shown."""


@dataclass(frozen=True, slots=True)
class FramePictures:
    """Pictures by the file's number of the frame, or why there are none."""

    pictures: Mapping[int, PagePicture]
    without: str | None = None


def frame_pictures(analysis: Analysis, *, most: int | None = None) -> FramePictures:
    """Return a picture of the first frame of merged frames: of all, or of the weakest and some others.

    Args:
        analysis: Of a file that may be gone by now.
        most: Most pictures; None for as many as suit a page.
    """
    media = analysis.media
    few = FEW_PICTURES if media.frames_in_file > LONG_FILE else MOST_PICTURES
    frames = pictured_frames(analysis, few if most is None else most)
    try:
        found = _read(media, analysis.encoder, frames, THUMBNAIL if most == 1 else None)
    except TokcompError:
        return FramePictures({}, f"{media.path} is not there any more, or cannot be read: no pictures.")
    if found is None:
        return FramePictures({}, f"{media.path} has changed since: its pictures are not shown.")
    return FramePictures({frame: found[frame] for frame in frames if frame in found})


def picture_at(media: MediaFacts, encoder: EncoderFacts, frame: int) -> PagePicture | None:
    """Return the picture of one frame, or None where the file is gone or has changed."""
    try:
        found = _read(media, encoder, [frame], MULTIPLE)
    except TokcompError:
        return None
    return None if found is None else found.get(frame)


def _read(
    media: MediaFacts, encoder: EncoderFacts, frames: Sequence[int], side: int | None
) -> dict[int, PagePicture] | None:
    """Return pictures by frame number; None where the file is another one by now."""
    wanted = np.array(sorted(set(frames)), dtype=np.int64)
    if side is None:
        side = next((side for count, side in LONG_SIDES if len(wanted) <= count), LONG_SIDES[-1][1])
    found: dict[int, PagePicture] = {}
    with closing(open_media(media.path)) as opened:
        if (opened.facts.size_bytes, opened.facts.width) != (media.size_bytes, media.width):
            return None
        for batch in opened.frames(wanted):
            for number, picture in zip(batch.frame_index.tolist(), batch.pictures, strict=True):
                found[number] = page_picture(picture, encoder, side)
    return found


def page_picture(picture: Picture, encoder: EncoderFacts, side: int) -> PagePicture:
    """Return a JPEG of the part of a picture that an encoder sees, its long side at most `side` pixels."""
    from PIL import Image

    spot = place(picture.size, encoder.input_size, encoder.fit)
    pixels = seen_part(picture, spot, side)
    held = BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=QUALITY, optimize=True)
    (rows, columns), (left, top, right, bottom) = encoder.input_size, spot.target
    rectangle = left / columns, top / rows, (right - left) / columns, (bottom - top) / rows
    across, down = pixels.shape[1] / rectangle[2], pixels.shape[0] / rectangle[3]
    return PagePicture(held.getvalue(), across / down, rectangle)


def seen_part(picture: Picture, spot: Placement, side: int) -> npt.NDArray[np.uint8]:
    """Return what an encoder sees of a picture, in the picture's own shape, uint8, (h, w, 3)."""
    (height, width), (left, top, right, bottom) = picture.size, spot.source
    scale = min(1.0, side / max(right - left, bottom - top))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    pixels = picture.scaled(size, "area") if scale < 1 else picture.rgb()
    across, down = size[1] / width, size[0] / height
    x1, y1 = min(round(left * across), size[1] - 1), min(round(top * down), size[0] - 1)
    x2, y2 = max(round(right * across), x1 + 1), max(round(bottom * down), y1 + 1)
    return np.ascontiguousarray(pixels[y1:y2, x1:x2])
