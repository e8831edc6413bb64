"""The keep-map over a picture, or over a whole video at its own timing."""

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np

from tokcomp_cli.core.files import whole_file, write_whole
from tokcomp_cli.core.frames import Picture
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.core.timing import Progress, unwatched
from tokcomp_cli.errors import MediaError, PlanError
from tokcomp_cli.media.media import Media
from tokcomp_cli.media.open import open_media
from tokcomp_cli.report.mapped_frames import Pixels, mapped

PICTURES, VIDEOS = (".png", ".jpg", ".jpeg"), (".mp4",)
SUFFIXES = (*PICTURES, *VIDEOS)
LONG_SIDE = 1920
TICKS = 90_000
QUALITY = "20"  # constant rate factor of x264: lines stay sharp


def check_suffix(target: str, kind: str) -> None:
    """Raise PlanError where a file of this kind has no overlay of that name."""
    if Path(target).suffix.lower() in VIDEOS and kind == "image":
        raise PlanError("an overlay of a picture is a picture; name it .png or .jpg")


def overlay(analysis: Analysis, target: Path, progress: Progress = unwatched) -> None:
    """Write the overlay: a picture (of a video, its weakest moment), or the whole video as .mp4.

    Args:
        analysis: With its keep-maps.
        target: File to write, whole or not at all; its suffix chooses.
        progress: Called with frames done and frames to do.

    Raises:
        MediaError: The file cannot be read any more.
        PlanError: The output cannot be written.
    """
    check_suffix(str(target), analysis.media.kind)
    with closing(open_media(analysis.media.path)) as media:
        if target.suffix.lower() in VIDEOS:
            with whole_file(target) as file:
                _write_video(media, analysis, file, progress)
        else:
            write_whole(target, _picture(media, analysis, target.suffix.lower()))


def entry_at(analysis: Analysis, frame: int) -> int:
    """Return which entry of the timeline stands for a frame of the file: the last that begins by then."""
    starts = [entry.first_frame for entry in analysis.timeline]
    return max(bisect_right(starts, frame) - 1, 0)


def weakest_frame(media: Media, analysis: Analysis) -> tuple[Picture, KeepMap]:
    """Return the picture, or the weakest moment of a video, and its keep-map.

    Raises:
        MediaError: It cannot be read any more.
    """
    weakest = analysis.weakest
    frame = 0 if weakest is None or weakest.frame is None else weakest.frame
    at = entry_at(analysis, frame)
    wanted = np.array([frame if analysis.weakest else analysis.timeline[at].first_frame], dtype=np.int64)
    for batch in media.frames(wanted):
        return batch.pictures[0], analysis.maps[at]
    raise MediaError(f"frame {frame} of '{analysis.media.path}' cannot be read any more")


def _picture(media: Media, analysis: Analysis, suffix: str) -> bytes:
    from PIL import Image

    picture, found = weakest_frame(media, analysis)
    held = BytesIO()
    kind = {"png": "PNG"}.get(suffix[1:], "JPEG")
    shown = Image.fromarray(mapped(picture.rgb(), found, analysis.encoder))
    shown.save(held, kind, **({} if kind == "PNG" else {"quality": 92}))
    return held.getvalue()


def _drawn(media: Media, analysis: Analysis) -> Iterator[tuple[int, Pixels]]:
    """Yield every frame of the part that was analyzed, with its number."""
    first, last = _range(analysis)
    for batch in media.frames(np.arange(first, last + 1, dtype=np.int64), max_batch=4):
        for number, picture in zip(batch.frame_index.tolist(), batch.pictures, strict=True):
            found = analysis.maps[entry_at(analysis, number)]
            yield number, mapped(_even(picture.scaled(_size(picture.size))), found, analysis.encoder)


def _range(analysis: Analysis) -> tuple[int, int]:
    """Return the first frame and the last one that the last sampled frame stands for."""
    first, last = analysis.timeline[0].first_frame, analysis.timeline[-1].last_frame
    apart = (last - first) // max(analysis.sampling.frames_sampled - 1, 1)
    return first, min(last + max(apart - 1, 0), analysis.media.frames_in_file - 1)


def _size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size in which a frame is drawn: at most `LONG_SIDE`, never larger than it is."""
    scale = min(1.0, LONG_SIDE / max(size))
    return max(2, round(size[0] * scale)), max(2, round(size[1] * scale))


def _even(pixels: Pixels) -> Pixels:
    """Return a frame of even sides, as 4:2:0 video asks for; at most one row and column are left out."""
    height, width = pixels.shape[:2]
    return pixels[: height - height % 2, : width - width % 2]


def _write_video(media: Media, analysis: Analysis, file: IO[bytes], progress: Progress) -> None:
    import av

    first, last = _range(analysis)
    begin, total = float(media.pts_seconds[first]), last - first + 1
    rate = Fraction(analysis.media.fps_average or 25).limit_denominator(1001)
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=rate, options={"crf": QUALITY, "preset": "veryfast"})
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        for number, pixels in _drawn(media, analysis):
            if number == first:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts = round((float(media.pts_seconds[number]) - begin) * TICKS)
            frame.time_base = Fraction(1, TICKS)
            output.mux(stream.encode(frame))
            progress(number - first + 1, total)
        output.mux(stream.encode(None))
