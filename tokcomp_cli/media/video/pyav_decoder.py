"""Frames by presentation time with PyAV: right on every container, and as far as a damaged file goes."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.processes import cores
from tokcomp_cli.media.demux.errors import LIBAV_ERRORS
from tokcomp_cli.media.demux.packets import NO_TIME
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.video.alpha import decoder_of
from tokcomp_cli.media.video.container import open_container, picture_stream
from tokcomp_cli.media.video.decoded import Losses, decoded, number_of
from tokcomp_cli.media.video.preflight import Preflight
from tokcomp_cli.media.video.run_reader import by_runs
from tokcomp_cli.media.video.runs import runs
from tokcomp_cli.media.video.upright import Upright, VideoPicture

_MOST_THREADS = 8
_FRAMES_A_SIGN = 50
# With several frames at a time libav's decoder gives other pixels at each reading (8.0: a frame in ten).
_ONE_FRAME_AT_A_TIME = frozenset({"theora", "vp3", "vp4"})
Indices = npt.NDArray[np.int64]


def pictures(
    source: LocalFile, flight: Preflight, wanted: Indices, losses: Losses, max_pixels: int
) -> Iterator[tuple[int, VideoPicture]]:
    """Yield number and picture of each wanted frame that can be decoded.

    Packets that no wanted frame needs are left out. Should a frame not turn up then, the rest is read from
    the start, every packet.

    Args:
        source: The file.
        flight: Its pre-flight.
        wanted: Frame numbers, rising, int64, (T,).
        losses: What goes wrong is counted here.
        max_pixels: The decoder refuses frames above it.
    """
    upright = Upright(flight.geometry)
    last = flight.last_doubtful
    if last is not None and last in wanted and not _last_is_whole(source, flight, max_pixels):
        losses.missing.append(last)
        wanted = wanted[wanted != last]
    for number, frame in _wanted_frames(source, flight, wanted, losses, max_pixels):
        if (picture := _shown(frame, number, upright, losses)) is not None:
            yield number, picture


def _wanted_frames(
    source: LocalFile, flight: Preflight, wanted: Indices, losses: Losses, max_pixels: int
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield number and frame of each wanted frame: by runs, else in order, at the first error carefully.

    With several frames at a time the decoder drops whole ones beside a damaged one, not always the same.
    """
    served = 0
    planned = runs(flight, wanted) if wanted.size < flight.pts.size else []
    if planned:
        with open_container(source) as container:
            stream, context = _ready(source, container, max_pixels)
            for number, frame in by_runs(container, stream, context, flight, planned):
                served += 1
                yield number, frame
    for careful in (False, True)[bool(flight.damage) :]:
        if served == wanted.size:
            return
        met = Losses()
        with open_container(source) as container:
            stream, context = _ready(source, container, max_pixels, careful=careful)
            for number, frame in _in_order(container, stream, context, flight, wanted[served:], met):
                if met.errors and not careful:
                    break
                served = int(np.searchsorted(wanted, number)) + 1
                yield number, frame
        if careful or not met.errors:
            losses.add(met)
            return
        losses.missing += [number for number in met.missing if number in wanted[:served]]


def _last_is_whole(source: LocalFile, flight: Preflight, max_pixels: int) -> bool:
    """Return whether the frame that comes last in the file can be decoded undamaged."""
    with open_container(source) as container:
        stream, context = _ready(source, container, max_pixels, careful=True)
        planned = runs(flight, np.array([flight.last_doubtful], dtype=np.int64))
        return any(True for _ in by_runs(container, stream, context, flight, planned))


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


def times_by_decoding(
    source: LocalFile, max_pixels: int, at_work: Callable[[], None]
) -> tuple[Indices, Losses]:
    """Return the presentation times of all frames as they are decoded, int64, (F,), and what went wrong.

    For files whose packets do not tell them; in ticks, `NO_TIME` stands for a missing one.

    Args:
        source: The file.
        max_pixels: The decoder refuses frames above it.
        at_work: Called now and then, since a long file takes minutes.
    """
    for careful in (False, True):
        times: list[int] = []
        losses = Losses()
        with open_container(source) as container:
            stream, context = _ready(source, container, max_pixels, careful=careful)
            for frame in _frames(container, stream, context, losses):
                times.append(NO_TIME if frame.pts is None else frame.pts)
                losses.corrupt += frame.is_corrupt
                if len(times) % _FRAMES_A_SIGN == 0:
                    at_work()
        if not losses.errors:
            break
    return np.array(times, dtype=np.int64), losses


def _ready(
    source: LocalFile, container: InputContainer, max_pixels: int, *, careful: bool = False
) -> tuple[VideoStream, VideoCodecContext]:
    """Return the stream to read and its decoder, set up; carefully is a frame at a time."""
    stream = picture_stream(source, container).stream
    context = decoder_of(stream)
    context.options = {"max_pixels": str(max_pixels)}
    # As many frames at a time as there are cores; libav's own choice is one more, and a tenth slower.
    one = careful or context.name in _ONE_FRAME_AT_A_TIME
    context.thread_type = "SLICE" if one else "AUTO"
    context.thread_count = min(cores(), _MOST_THREADS)
    return stream, context


def _in_order(
    container: InputContainer,
    stream: VideoStream,
    context: VideoCodecContext,
    flight: Preflight,
    wanted: Indices,
    losses: Losses,
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield wanted frames, reading from the start; note those that never come."""
    queue, position = wanted.tolist(), 0
    for number, frame in _numbered(container, stream, context, flight, losses):
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


def _numbered(
    container: InputContainer,
    stream: VideoStream,
    context: VideoCodecContext,
    flight: Preflight,
    losses: Losses,
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield each decoded frame with its number in presentation order."""
    for order, frame in enumerate(_frames(container, stream, context, losses)):
        if flight.numbering != "time":
            if order < flight.pts.size:
                yield order, frame
            continue
        number = number_of(frame, flight)
        if number is not None:
            yield number, frame
        elif frame.pts is None or frame.pts >= flight.pts[0]:
            losses.unlisted += 1


def _frames(
    container: InputContainer, stream: VideoStream, context: VideoCodecContext, losses: Losses
) -> Iterator[VideoFrame]:
    """Yield frames from where the container stands to the end, past every error."""
    try:
        for packet in container.demux(stream):
            if packet.size == 0 and packet.pts is not None:
                continue  # an empty packet in the middle would be taken as the end
            yield from decoded(packet, losses, context)
    except LIBAV_ERRORS as error:
        losses.broken_off = printable(str(getattr(error, "strerror", None) or error))
        yield from decoded(None, losses, context)
