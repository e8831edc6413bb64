"""Frames by presentation time with PyAV: right on every container, and as far as a damaged file goes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tokcomp_cli.core.names import printable
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.video.container import open_container, picture_stream
from tokcomp_cli.media.video.packets import LIBAV_ERRORS, NO_TIME
from tokcomp_cli.media.video.preflight import Preflight
from tokcomp_cli.media.video.upright import Upright, VideoPicture

Indices = npt.NDArray[np.int64]
# Decoding on is cheaper than a jump when the keyframe is only a few frames ahead.
_MIN_JUMP_FRAMES = 8


@dataclass(slots=True)
class Losses:
    """What went wrong while decoding.

    Attributes:
        errors: Packets that the decoder refused.
        missing: Wanted frames that never came.
        unlisted: Decoded frames at a time that no packet announced.
        corrupt: Frames that the decoder itself calls damaged.
        resized: Frames of another size than the first, scaled to it.
        broken_off: Why reading stopped before the end, or None.
    """

    errors: int = 0
    missing: list[int] = field(default_factory=list)
    unlisted: int = 0
    corrupt: int = 0
    resized: int = 0
    broken_off: str | None = None


def pictures(
    source: LocalFile, flight: Preflight, wanted: Indices, losses: Losses, max_pixels: int
) -> Iterator[tuple[int, VideoPicture]]:
    """Yield number and picture of each wanted frame that can be decoded.

    Where the container allows it, the reader jumps to keyframes. Should a frame not turn up after
    a jump, the rest is read from the start without jumps.

    Args:
        source: The file.
        flight: Its pre-flight.
        wanted: Frame numbers, rising, int64, (T,).
        losses: What goes wrong is counted here.
        max_pixels: The decoder refuses frames above it.
    """
    served, upright = 0, Upright(flight.geometry)
    if flight.may_seek:
        with open_container(source) as container:
            stream = _ready(source, container, max_pixels)
            for number, frame in _by_jumps(container, stream, flight, wanted, losses):
                served += 1
                if (picture := _shown(frame, number, upright, losses)) is not None:
                    yield number, picture
    if served < wanted.size:
        with open_container(source) as container:
            stream = _ready(source, container, max_pixels)
            for number, frame in _in_order(container, stream, flight, wanted[served:], losses):
                if (picture := _shown(frame, number, upright, losses)) is not None:
                    yield number, picture


def _shown(frame: VideoFrame, number: int, upright: Upright, losses: Losses) -> VideoPicture | None:
    """Return a frame as displayed, and count what is wrong with it."""
    losses.corrupt += frame.is_corrupt
    try:
        upright.check(frame)
    except LIBAV_ERRORS:  # a damaged header may name a colour space that does not exist
        losses.missing.append(number)
        return None
    losses.resized += upright.differs(frame)
    return VideoPicture(frame, upright)


def times_by_decoding(source: LocalFile, max_pixels: int) -> Indices:
    """Return the presentation times of all frames as they are decoded, in ticks, int64, (F,).

    For files whose packets do not tell them; `NO_TIME` stands for a missing one.
    """
    with open_container(source) as container:
        stream = _ready(source, container, max_pixels)
        frames = _frames(container, stream, Losses())
        times = [NO_TIME if frame.pts is None else frame.pts for frame in frames]
    return np.array(times, dtype=np.int64)


def _ready(source: LocalFile, container: InputContainer, max_pixels: int) -> VideoStream:
    """Return the stream to read, set up for decoding."""
    stream = picture_stream(source, container).stream
    stream.codec_context.options = {"max_pixels": str(max_pixels)}
    stream.thread_type = "AUTO"
    return stream


def _by_jumps(
    container: InputContainer, stream: VideoStream, flight: Preflight, wanted: Indices, losses: Losses
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield wanted frames, jumping over what lies between; end early when one does not turn up."""
    queue = iter(wanted.tolist())
    target = next(queue, None)
    while target is not None:
        key = _keyframe_before(flight, target)
        try:
            container.seek(int(flight.key_dts[key]), stream=stream)
        except LIBAV_ERRORS:
            return
        arrived = False
        for number, frame in _numbered(container, stream, flight, losses):
            if number < target:
                continue
            if number > target:
                return
            yield number, frame
            arrived = True
            target = next(queue, None)
            if target is None:
                return
            ahead = np.searchsorted(flight.pts, flight.key_pts[_keyframe_before(flight, target)])
            if ahead > number + _MIN_JUMP_FRAMES:
                break
        if not arrived:
            return


def _in_order(
    container: InputContainer, stream: VideoStream, flight: Preflight, wanted: Indices, losses: Losses
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield wanted frames, reading from the start; note those that never come."""
    queue, position = wanted.tolist(), 0
    for number, frame in _numbered(container, stream, flight, losses):
        while position < len(queue) and queue[position] < number:
            losses.missing.append(queue[position])
            position += 1
        if position < len(queue) and queue[position] == number:
            if frame.is_corrupt and number == flight.pts.size - 1:
                break  # the half of a picture that a cut-off file ends with
            yield number, frame
            position += 1
        if position == len(queue):
            return
    losses.missing.extend(queue[position:])


def _keyframe_before(flight: Preflight, number: int) -> int:
    """Return the position among the keyframes of the last one shown at or before a frame."""
    return max(int(np.searchsorted(flight.key_pts, flight.pts[number], side="right")) - 1, 0)


def _numbered(
    container: InputContainer, stream: VideoStream, flight: Preflight, losses: Losses
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield each decoded frame with its number in presentation order."""
    for order, frame in enumerate(_frames(container, stream, losses)):
        if flight.numbering != "time":
            if order < flight.pts.size:
                yield order, frame
            continue
        number = -1 if frame.pts is None else int(np.searchsorted(flight.pts, frame.pts))
        if 0 <= number < flight.pts.size and flight.pts[number] == frame.pts:
            yield number, frame
        elif frame.pts is None or frame.pts >= flight.pts[0]:
            losses.unlisted += 1


def _frames(container: InputContainer, stream: VideoStream, losses: Losses) -> Iterator[VideoFrame]:
    """Yield frames from where the container stands to the end, past every error."""
    try:
        for packet in container.demux(stream):
            if packet.size == 0 and packet.pts is not None:
                continue  # an empty packet in the middle would be taken as the end
            yield from _decoded(packet, losses)
    except LIBAV_ERRORS as error:
        losses.broken_off = printable(str(getattr(error, "strerror", None) or error))
        yield from _decoded(None, losses, stream)


def _decoded(
    packet: "Packet[VideoStream] | None", losses: Losses, stream: VideoStream | None = None
) -> list[VideoFrame]:
    """Return the frames of a packet, or those the decoder of a stream still holds."""
    try:
        if packet is not None:
            return packet.decode()
        return [] if stream is None else stream.codec_context.decode(None)
    except LIBAV_ERRORS:
        losses.errors += 1
        return []
