"""A short clip repeated into a longer one by copying its packets: nothing is decoded or encoded again."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import av.error
import numpy as np
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import MediaError, TokcompError
from tokcomp_cli.media.open import open_media
from tokcomp_cli.media.source import open_local
from tokcomp_cli.media.video.container import open_container, picture_stream

# Muxers for what demuxers call themselves; what is not here is looped into Matroska.
MUXERS = {
    "mov": ("mp4", ".mp4"),
    "matroska": ("matroska", ".mkv"),
    "avi": ("avi", ".avi"),
    "mpegts": ("mpegts", ".ts"),
}
MATROSKA = MUXERS["matroska"]
CANNOT = (av.error.FFmpegError, OSError, ValueError, OverflowError, TokcompError)


@dataclass(frozen=True, slots=True)
class Looped:
    """A file that shows a clip several times.

    Attributes:
        path: Of the file; the clip itself where it is shown once.
        loops: How often the clip is shown.
    """

    path: str
    loops: int


@contextmanager
def looped(path: str, loops: int) -> Iterator[Looped]:
    """Yield a temporary file that shows a clip so many times; it is gone afterwards, whatever happened.

    Each showing starts where the last frame of the one before ends. The container is the clip's, or Matroska
    where that does not hold the copies: frames are counted and times checked.

    Args:
        path: A video.
        loops: At least 1; 1 yields the clip itself.

    Raises:
        MediaError: The clip cannot be read, or its packets cannot be repeated.
    """
    if loops == 1:
        yield Looped(path, 1)
        return
    with TemporaryDirectory(prefix="tokcomp-bench-") as folder:
        for muxer, suffix in dict.fromkeys((_muxer(path), MATROSKA)):
            target = Path(folder) / f"looped{suffix}"
            try:
                _copy(path, target, muxer, loops)
                fits = _shows(path, target, loops)
            except CANNOT:
                fits = False
            if fits:
                yield Looped(str(target), loops)
                return
            target.unlink(missing_ok=True)
    raise MediaError(
        f"{printable(path)}: the clip is too short to be timed, and its packets cannot be repeated in its "
        "own container or in Matroska; give a longer one, or the same as MP4"
    )


def _muxer(path: str) -> tuple[str, str]:
    with open_local(path) as source, open_container(source) as container:
        return MUXERS.get(container.format.name.split(",")[0], MATROSKA)


def _copy(path: str, target: Path, muxer: str, loops: int) -> None:
    """Write the clip's packets so many times, their times shifted."""
    with open_local(path) as source, av.open(str(target), "w", format=muxer) as output:
        copied, shift = None, 0
        for _ in range(loops):
            with open_container(source) as container:
                stream = picture_stream(source, container).stream
                copied = copied or output.add_stream_from_template(stream, opaque=True)
                shift += _showing(container, stream, output, copied, shift)
            source.seek(0)


def _showing(
    container: InputContainer, stream: VideoStream, output: OutputContainer, copied: VideoStream, shift: int
) -> int:
    """Write the packets once, later by so many ticks, and return the ticks that they span."""
    packets = [packet for packet in container.demux(stream) if packet.size]
    _fill_first(packets)
    length = _length(packets)
    for packet in packets:
        packet.pts = None if packet.pts is None else packet.pts + shift
        packet.dts = None if packet.dts is None else packet.dts + shift
        packet.stream = copied
        output.mux(packet)
    return length


def _fill_first(packets: list["Packet[VideoStream]"]) -> None:
    """Give the first packets the decoding times that Matroska does not store, counted back from the next."""
    known = [at for at, packet in enumerate(packets) if packet.dts is not None]
    if not known:
        return
    stored = [packet.dts for packet in packets if packet.dts is not None]
    step = max(1, int(np.median(np.diff(stored)))) if len(stored) > 1 else 1
    for at in range(known[0]):
        packets[at].dts = stored[0] - (known[0] - at) * step


def _length(packets: list["Packet[VideoStream]"]) -> int:
    """Return the ticks from the first picture to the end of the last, and at least the packets' own span.

    Raises:
        ValueError: There is no packet with a time.
    """
    shown = sorted(packet.pts for packet in packets if packet.pts is not None)
    stored = sorted(packet.dts for packet in packets if packet.dts is not None)
    spans = []
    for times in (shown, stored):
        if times:
            steps = np.diff(times)
            usual = int(np.median(steps)) if steps.size else 0
            spans.append(times[-1] - times[0] + max(1, usual))
    if not spans:
        raise ValueError("no packet has a time")
    return max(spans)


def _shows(path: str, target: Path, loops: int) -> bool:
    """Return whether a file holds the clip's frames so many times, at rising times."""
    with closing(open_media(path)) as clip, closing(open_media(str(target))) as copies:
        rises = bool((np.diff(copies.pts_seconds) > 0).all())
        return rises and len(copies.pts_seconds) == loops * len(clip.pts_seconds)
