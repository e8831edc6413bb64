"""One still picture as a video of one frame."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import ImageFile

from tokcomp_cli.core.frames import ArrayPicture, FrameBatch, Scaling
from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.gamut import hdr_note
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.stills.colour import code_points_of, srgb
from tokcomp_cli.media.stills.facts import still_facts
from tokcomp_cli.media.stills.salvage import load_whole_or_part
from tokcomp_cli.media.stills.still import (
    bound_pixels,
    foreign_errors,
    open_picture,
    orientation_of,
    turned,
)

_DRAFT_SCALES = (2, 4, 8)


class ImageMedia:
    """A still picture.

    Attributes:
        facts: What is known about the file; final once `frames` is exhausted.
        pts_seconds: Always [0.0], float64, (1,).
        duration_seconds: Always [0.0], float64, (1,).
    """

    def __init__(
        self, source: LocalFile, container: StillFormat, image: ImageFile.ImageFile, max_pixels: int
    ) -> None:
        self.pts_seconds: npt.NDArray[np.float64] = np.zeros(1)
        self.duration_seconds: npt.NDArray[np.float64] = np.zeros(1)
        self._source = source
        self._container = container
        self._orientation = orientation_of(image)
        self._code_points = code_points_of(source, container)
        self._draft = _draft_size(image, container, max_pixels)
        self.facts = still_facts(source, container, image, self._orientation)
        if self._code_points is not None and (note := hdr_note("picture", self._code_points[1])) is not None:
            self._note(note)
        if self._draft is None:
            bound_pixels(source, image.size, max_pixels)
        else:
            width, height = image.size
            self._note(f"Decoded at reduced size ({width}×{height} has more than {max_pixels:,} pixels).")

    def frames(
        self, frame_index: npt.NDArray[np.int64], *, max_batch: int = 16, scaled: Sequence[Scaling] = ()
    ) -> Iterator[FrameBatch]:
        """Yield the one frame, if asked for.

        Args:
            frame_index: [0] or empty, int64, (T,).
            max_batch: Most frames a batch.
            scaled: Of no use here: the whole picture is there.

        Raises:
            MediaError: Nothing of the picture can be decoded.
        """
        del max_batch, scaled
        if frame_index.size == 0:
            return
        image = open_picture(self._source, self._container)
        if self._draft is not None:
            image.draft(image.mode, self._draft)
        loaded, partly = load_whole_or_part(image, self._source, self._container)
        left = orientation_of(loaded)  # Pillow's TIFF reader turns the picture itself while loading
        with foreign_errors(self._source, self._container, "its colours cannot be read"):
            pixels, notes = srgb(turned(loaded, left), self._container, self._code_points)
        for note in notes:
            self._note(note)
        if partly:
            self.facts = replace(self.facts, salvaged=True)
            self._note("The file is damaged or cut off: what could be decoded is used, the rest is blank.")
        if self._source.changed():
            self._note("The file changed while it was read.")
        yield FrameBatch((ArrayPicture(pixels),), np.zeros(1), np.zeros(1, dtype=np.int64))

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _note(self, note: str) -> None:
        """Add a remark to the facts, once."""
        if note not in self.facts.notes:
            self.facts = replace(self.facts, notes=(*self.facts.notes, note))


def _draft_size(
    image: ImageFile.ImageFile, container: StillFormat, max_pixels: int
) -> tuple[int, int] | None:
    """Return the reduced size at which a huge baseline JPEG fits the bound, or None.

    A progressive one holds all its coefficients in memory at full size, so it is not reduced.
    """
    width, height = image.size
    if container != "jpeg" or width * height <= max_pixels or "progressive" in image.info:
        return None
    for scale in _DRAFT_SCALES:
        if -(-width // scale) * -(-height // scale) <= max_pixels:
            return max(width // scale, 1), max(height // scale, 1)
    return None
