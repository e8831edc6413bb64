"""The door of the media room: a path in, a picture, an animation or a video out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.boxes import iso_boxes
from tokcomp_cli.media.formats import StillFormat, is_targa, still_format
from tokcomp_cli.media.raw_streams import is_raw_stream
from tokcomp_cli.media.source import LocalFile, open_local

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokcomp_cli.media.media import Media
    from tokcomp_cli.media.video.preflight import Preflight

# As in Pillow, above it a picture is held to be a decompression bomb: 270 MB as plain RGB.
MAX_PIXELS = 89_478_485
TIMEOUT_SECONDS = 60.0


def open_media(
    path: str,
    *,
    max_pixels: int = MAX_PIXELS,
    isolate: bool | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    at_work: Callable[[], None] = lambda: None,
) -> Media:
    """Return the opened input.

    Args:
        path: A local regular file; its content decides what it is, not its name.
        max_pixels: Most pixels a picture or a frame may have; checked before decoding.
        isolate: Whether to decode in a killable process of its own; None does so for a video that the
            pre-flight finds strange (damaged, or without times).
        timeout_seconds: Longest wait for a sign of life of that process, or for a batch.
        at_work: Called now and then while the frames of a strange video are counted here.

    Raises:
        MediaError: It is no local regular file, or holds no picture that can be read.
    """
    if isolate:
        return _isolated(path, max_pixels, timeout_seconds)
    source = open_local(path)
    try:
        return _opened(source, path, max_pixels, isolate, timeout_seconds, at_work)
    except MemoryError as error:
        source.close()
        raise MediaError(
            f"{printable(path)}: a file that fits in memory was expected, but there is not enough; reduce it."
        ) from error
    except BaseException:
        source.close()
        raise


def _opened(
    source: LocalFile,
    path: str,
    max_pixels: int,
    isolate: bool | None,
    timeout_seconds: float,
    at_work: Callable[[], None],
) -> Media:
    """Return the opened input of a source."""
    container = container_of(source)
    if container is not None:
        return _still(source, container, max_pixels)
    from tokcomp_cli.media.video.preflight import preflight
    from tokcomp_cli.media.video.video_file import VideoMedia

    flight = preflight(source, max_pixels)
    if isolate is None and flight.is_strange:
        source.close()
        return _isolated(path, max_pixels, timeout_seconds)
    if flight.alpha_track and not flight.is_strange:
        return _avif_with_alpha(source, flight, max_pixels)
    return VideoMedia(source, flight, max_pixels, at_work)


def probe(path: str, *, max_pixels: int = MAX_PIXELS) -> MediaFacts:
    """Return what is known about a file; of a video only the first frame is decoded.

    Frame counts and times of a video whose packets lack times are then estimates, and a note says so.

    Raises:
        MediaError: As `open_media`.
    """
    with open_local(path) as source:
        container = container_of(source)
        if container is not None:
            return _still(source, container, max_pixels).facts
        from tokcomp_cli.media.video.preflight import preflight
        from tokcomp_cli.media.video.video_file import analysed_facts

        flight = preflight(source, max_pixels)
        if flight.alpha_track and not flight.is_strange:
            return _avif_with_alpha(source, flight, max_pixels).facts
        facts = analysed_facts(source, flight)
        if flight.numbering != "decoding":
            return facts
        note = f"{flight.why_decode}; count and times are estimates until the frames are decoded."
        return replace(facts, notes=(*facts.notes, note))


def picture_facts(path: str) -> MediaFacts | None:
    """Return what the header of a still picture tells, or None for an animation or a video.

    Nothing is decoded, so a picture may have any number of pixels, and no array library is loaded.

    Raises:
        MediaError: It is no local regular file, or its header is damaged.
    """
    from tokcomp_cli.media.stills.animation_times import frame_seconds
    from tokcomp_cli.media.stills.facts import still_facts
    from tokcomp_cli.media.stills.still import open_picture, orientation_of

    with open_local(path) as source:
        container = container_of(source)
        if container is None or frame_seconds(source, container):
            return None
        image = open_picture(source, container)
        return still_facts(source, container, image, orientation_of(image))


def container_of(source: LocalFile) -> StillFormat | None:
    """Return the still format of a file by its content, None where it is for the video decoders."""
    head = source.head()
    found = still_format(head)
    if found is None and is_targa(head, source.size_bytes):
        return "tga"
    if found == "heif" and any(kind == b"moov" for kind, _start, _end in iso_boxes(source)):
        return None  # a burst or a clip beside the picture: a track, which libav decodes
    if found is not None and is_raw_stream(source, found):
        return None
    return found


def _isolated(path: str, max_pixels: int, timeout_seconds: float) -> Media:
    """Return the input opened in a process of its own."""
    from tokcomp_cli.media.isolate import IsolatedMedia

    return IsolatedMedia(path, max_pixels=max_pixels, timeout_seconds=timeout_seconds)


def _avif_with_alpha(source: LocalFile, flight: Preflight, max_pixels: int) -> Media:
    """Return an AVIF sequence with alpha: Pillow puts its two tracks together, libav would drop one."""
    from tokcomp_cli.media.stills.animation import AnimationMedia
    from tokcomp_cli.media.video.video_file import clock

    _pts, seconds = clock(flight)
    return AnimationMedia(source, "avif", seconds.tolist(), max_pixels)


def _still(source: LocalFile, container: StillFormat, max_pixels: int) -> Media:
    """Return a picture or an animation."""
    from tokcomp_cli.media.stills.animation import AnimationMedia
    from tokcomp_cli.media.stills.animation_times import frame_seconds
    from tokcomp_cli.media.stills.image import ImageMedia
    from tokcomp_cli.media.stills.still import open_picture

    seconds = frame_seconds(source, container)
    if seconds:
        return AnimationMedia(source, container, seconds, max_pixels)
    return ImageMedia(source, container, open_picture(source, container), max_pixels)
