"""Packets into frames with their numbers, and what goes wrong meanwhile."""

from dataclasses import dataclass, field

import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tokcomp_cli.media.video.packets import LIBAV_ERRORS
from tokcomp_cli.media.video.preflight import Preflight


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


def number_of(frame: VideoFrame, flight: Preflight) -> int | None:
    """Return a frame's number by its presentation time, None where no packet announced it."""
    if frame.pts is None:
        return None
    number = int(np.searchsorted(flight.pts, frame.pts))
    return number if number < flight.pts.size and flight.pts[number] == frame.pts else None


def decoded(
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
