"""The door of the media room: a path in, a picture, an animation or a video out."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import FrameBatch, MediaFacts
from tokcomp_cli.media.formats import still_format
from tokcomp_cli.media.source import LocalFile, open_local

# 8K × 8K and a bit; above it a picture costs more than 270 MB as plain RGB.
MAX_PIXELS = 89_478_485


class Media(Protocol):
    """An opened input.

    Attributes:
        facts: What is known about the file; final once `frames` is exhausted, since damage may be
            found while decoding.
        pts_seconds: Presentation time of each frame in the file, rising, float64, (F,).
        duration_seconds: How long each frame is shown, float64, (F,).
    """

    facts: MediaFacts
    pts_seconds: npt.NDArray[np.float64]
    duration_seconds: npt.NDArray[np.float64]

    def frames(self, frame_index: npt.NDArray[np.int64], *, max_batch: int = 16) -> Iterator[FrameBatch]:
        """Yield the wanted frames, rising, in batches of bounded size."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def open_media(path: str, *, max_pixels: int = MAX_PIXELS) -> Media:
    """Return the opened input.

    Args:
        path: A local regular file; its content decides what it is, not its name.
        max_pixels: Most pixels a picture or a frame may have; checked before decoding.

    Raises:
        MediaError: It is no local regular file, or holds no picture that can be read.
    """
    source = open_local(path)
    try:
        return _opened(source, max_pixels)
    except BaseException:
        source.close()
        raise


def probe(path: str, *, max_pixels: int = MAX_PIXELS) -> MediaFacts:
    """Return what is known about a file without decoding more than its first frame.

    Raises:
        MediaError: As `open_media`.
    """
    with open_local(path) as source:
        if still_format(source.head()) is None:
            from tokcomp_cli.media.preflight import preflight
            from tokcomp_cli.media.video import facts_of

            return facts_of(source, preflight(source, max_pixels))
        return _opened(source, max_pixels).facts


def _opened(source: LocalFile, max_pixels: int) -> Media:
    """Return the input by what its first bytes say it is."""
    container = still_format(source.head())
    if container is None:
        from tokcomp_cli.media.preflight import preflight
        from tokcomp_cli.media.video import VideoMedia

        return VideoMedia(source, preflight(source, max_pixels), max_pixels)
    from tokcomp_cli.media.animation import AnimationMedia
    from tokcomp_cli.media.animation_times import frame_seconds
    from tokcomp_cli.media.image import ImageMedia
    from tokcomp_cli.media.stills import open_picture

    seconds = frame_seconds(source, container)
    image = open_picture(source, container)
    if seconds:
        return AnimationMedia(source, container, image, seconds, max_pixels)
    return ImageMedia(source, container, image, max_pixels)
