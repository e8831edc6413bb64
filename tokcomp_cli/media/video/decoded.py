"""Packets into frames with their numbers, and what goes wrong meanwhile."""

from dataclasses import dataclass, field

import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tokcomp_cli.media.demux.errors import LIBAV_ERRORS
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

    def add(self, other: "Losses") -> None:
        """Add what went wrong elsewhere."""
        self.errors += other.errors
        self.missing += other.missing
        self.unlisted += other.unlisted
        self.corrupt += other.corrupt
        self.resized += other.resized
        self.broken_off = self.broken_off or other.broken_off

    def told(self, *, known: bool) -> str | None:
        """Return the damage in one sentence, None where there is none.

        Args:
            known: Whether damage is told already; then only what it cost is.
        """
        causes = []
        if self.errors and not known:
            causes.append(f"{self.errors} packets could not be decoded")
        if self.corrupt and not known:
            causes.append(f"{self.corrupt} frames are damaged")
        if self.broken_off is not None and not known:
            causes.append("reading stopped early")
        if self.missing:
            causes.append(f"{len(self.missing)} of the chosen frames could not be decoded and are left out")
        sentence = ", ".join(causes)
        return f"{sentence[0].upper()}{sentence[1:]}." if causes else None


def number_of(frame: VideoFrame, flight: Preflight) -> int | None:
    """Return a frame's number by its presentation time, None where no packet announced it."""
    if frame.pts is None:
        return None
    number = int(np.searchsorted(flight.pts, frame.pts))
    return number if number < flight.pts.size and flight.pts[number] == frame.pts else None


def decoded(
    packet: "Packet[VideoStream] | None", losses: Losses, context: VideoCodecContext
) -> list[VideoFrame]:
    """Return the frames of a packet, or, for None, those that the decoder still holds."""
    try:
        return context.decode(packet)
    except LIBAV_ERRORS:
        losses.errors += 1
        return []
