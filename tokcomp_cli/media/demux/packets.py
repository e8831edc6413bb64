"""One demux-only pass over a video stream: what its packets say, and the first frame."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tokcomp_cli.media.demux.breaks import Breaks
from tokcomp_cli.media.demux.errors import LIBAV_ERRORS
from tokcomp_cli.media.demux.fields import SecondFields

NO_TIME = int(np.iinfo(np.int64).min)
_VP8_SHOW_FRAME = 0x10


@dataclass(slots=True)
class Packets:
    """What the demux pass saw; the arrays have one entry a packet whose frame is shown.

    Attributes:
        pts, dts, durations: In ticks of the time base; `NO_TIME` where missing, duration 0.
        key: 1 where a decoder may start, else 0.
        first: The first frame that could be decoded, None if none can.
        empty: Packets without bytes.
        hidden: Packets whose frame is never shown (VP8 reference frames).
        discarded: Packets that an edit list cuts away.
        second_fields: Packets that complete the frame of the packet before.
        damaged: Packets that the demuxer flagged, but for those at breaks where nothing is lost.
        breaks: Such breaks in a transport stream.
        promised: Packets that the index of an MP4 lists; 0 elsewhere, since the counts of other headers lie.
        broken_off: Why reading stopped before the end, or None.
        decode_errors: Errors met before the first frame.
    """

    pts: "array[int]" = field(default_factory=lambda: array("q"))
    dts: "array[int]" = field(default_factory=lambda: array("q"))
    durations: "array[int]" = field(default_factory=lambda: array("q"))
    key: bytearray = field(default_factory=bytearray)
    first: VideoFrame | None = None
    empty: int = 0
    hidden: int = 0
    discarded: int = 0
    second_fields: int = 0
    damaged: int = 0
    breaks: int = 0
    promised: int = 0
    broken_off: str | None = None
    decode_errors: int = 0

    def times(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return pts, dts and whether a keyframe, in file order, (N,) each."""
        return (
            np.array(self.pts, dtype=np.int64),
            np.array(self.dts, dtype=np.int64),
            np.frombuffer(bytes(self.key), dtype=np.bool_),
        )


def walk(container: InputContainer, stream: VideoStream) -> Packets:
    """Return the packets of a stream; frames are decoded only until the first comes out."""
    seen = Packets()
    vp8 = stream.codec_context.name == "vp8"
    fields = second_fields(stream)
    breaks = Breaks(stream) if container.format.name == "mpegts" else None
    # Bound once: this loop sees every packet of the file, half a million in a long one.
    add_pts, add_dts, add_duration = seen.pts.append, seen.dts.append, seen.durations.append
    add_key = seen.key.append
    try:
        for packet in container.demux(stream):
            if seen.first is None:
                _try_first(packet, seen)
            if breaks is not None:
                breaks.pass_by(packet)
            if (vp8 or packet.size == 0 or packet.is_discard) and not _is_shown(packet, seen, vp8):
                continue
            if fields is not None and fields.is_second(packet):
                seen.second_fields += 1
                seen.durations[-1] += packet.duration or 0
                continue
            pts, dts = packet.pts, packet.dts
            add_pts(NO_TIME if pts is None else pts)
            add_dts(NO_TIME if dts is None else dts)
            add_duration(packet.duration or 0)
            add_key(packet.is_keyframe)
            if packet.is_corrupt:
                seen.damaged += 1
        if breaks is not None:
            seen.breaks, seen.damaged = seen.damaged - breaks.lost, breaks.lost
    except LIBAV_ERRORS as error:
        seen.broken_off = str(getattr(error, "strerror", None) or error)
        if seen.first is None:
            _try_first(None, seen, stream)
    return seen


def second_fields(stream: VideoStream) -> SecondFields | None:
    """Return what tells second fields of a stream apart, None where pictures are never coded as fields."""
    if stream.codec_context.name != "h264":
        return None
    fields = SecondFields(stream.codec_context.extradata or b"")
    return fields if fields.possible else None


def _is_shown(packet: "Packet[VideoStream]", seen: Packets, vp8: bool) -> bool:
    """Return whether a packet gives a frame that is shown, and count it when it does not."""
    if packet.size == 0:
        seen.empty += packet.pts is not None or packet.dts is not None
    elif packet.is_discard:
        seen.discarded += 1
    elif vp8 and not bytes(packet)[0] & _VP8_SHOW_FRAME:
        seen.hidden += 1
    else:
        return True
    return False


def _try_first(
    packet: "Packet[VideoStream] | None", seen: Packets, stream: VideoStream | None = None
) -> None:
    """Decode one packet, or what a stream's decoder still holds, in the hope of the first frame."""
    try:
        if packet is not None:
            frames: Iterator[VideoFrame] = iter(packet.decode())
        elif stream is not None:
            frames = iter(stream.codec_context.decode(None))
        else:
            return
        seen.first = next(frames, None)
    except LIBAV_ERRORS:
        seen.decode_errors += packet is None or packet.size > 0
