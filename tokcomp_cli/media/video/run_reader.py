"""Frames out of runs of packets: what no wanted frame needs is not decoded, and much of it not read."""

from collections.abc import Iterator

from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tokcomp_cli.media.demux.errors import LIBAV_ERRORS
from tokcomp_cli.media.demux.packets import second_fields
from tokcomp_cli.media.video.decoded import Losses, decoded, number_of
from tokcomp_cli.media.video.preflight import Preflight
from tokcomp_cli.media.video.runs import Run

# Reading so many packets and dropping them costs as much as a seek, which reads a megabyte anew.
_PASSED_BY_SEEK = 32


def by_runs(
    container: InputContainer,
    stream: VideoStream,
    context: VideoCodecContext,
    flight: Preflight,
    planned: list[Run],
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield number and frame of each wanted frame; end early when one does not turn up undamaged.

    Args:
        container: Just opened.
        stream: The one to read.
        context: Its decoder, set up.
        flight: Its pre-flight.
        planned: Runs of packets in the order of the file.
    """
    packets: Iterator[Packet[VideoStream]] = container.demux(stream)
    for run in planned:
        try:
            if flight.may_seek and run.first_pts is not None and run.passed > _PASSED_BY_SEEK:
                container.seek(_seek_time(flight, run.first_pts), stream=stream)
                packets = container.demux(stream)
            yield from _wanted(_frames(packets, stream, context, flight, run), flight, run)
        except (*LIBAV_ERRORS, _IncompleteError):
            return


class _IncompleteError(Exception):
    """A wanted frame did not come, or came damaged; the file must be read from the start."""


def _seek_time(flight: Preflight, pts: int) -> int:
    """Return the time to seek to, for the packets to begin at a keyframe or before it."""
    return int(flight.key_dts[flight.key_pts.searchsorted(pts)])


def _wanted(frames: Iterator[VideoFrame], flight: Preflight, run: Run) -> Iterator[tuple[int, VideoFrame]]:
    """Yield the wanted frames among those of a run, in order."""
    left = list(reversed(run.numbers))
    early: dict[int, VideoFrame] = {}
    wanted = frozenset(run.numbers)
    for frame in frames:
        number = number_of(frame, flight)
        if number not in wanted:
            continue
        if frame.is_corrupt:
            raise _IncompleteError
        early[number] = frame
        while left and left[-1] in early:
            yield left[-1], early.pop(left.pop())
    if left:
        raise _IncompleteError


def _frames(
    packets: Iterator["Packet[VideoStream]"],
    stream: VideoStream,
    context: VideoCodecContext,
    flight: Preflight,
    run: Run,
) -> Iterator[VideoFrame]:
    """Yield the frames that the packets of a run give, those left out that no other frame refers to."""
    losses = Losses()
    times = frozenset(flight.pts[list(run.numbers)].tolist())
    skipping = False
    for packet in _of_run(packets, stream, flight, run):
        if flight.unreferenced and skipping != (packet.pts not in times):
            skipping = not skipping
            context.skip_frame = "NONREF" if skipping else "DEFAULT"
        yield from decoded(packet, losses, context)
        if losses.errors:
            raise _IncompleteError
    yield from decoded(None, losses, context)
    context.flush_buffers()
    context.skip_frame = "DEFAULT"


def _of_run(
    packets: Iterator["Packet[VideoStream]"], stream: VideoStream, flight: Preflight, run: Run
) -> Iterator["Packet[VideoStream]"]:
    """Yield the packets of a run, the second field of its last frame among them."""
    fields = second_fields(stream) if flight.fields else None
    started, ended = run.first_pts is None, False
    for packet in packets:
        if packet.size == 0:  # in the middle it would be taken as the end, and at the end it is drained later
            continue
        second = fields is not None and fields.is_second(packet)
        if ended and not second:
            return
        started = started or packet.pts == run.first_pts
        if started:
            yield packet
        ended = ended or packet.pts == run.last_pts
        if ended and fields is None:
            return
