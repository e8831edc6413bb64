"""How the frames of a video are counted and told apart: by what its packets say, where that can be right."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tokcomp_cli.media.demux.packets import NO_TIME, Packets

Ticks = npt.NDArray[np.int64]
Numbering = Literal["time", "order", "decoding"]
# No codec shows a frame so many places before its turn in the file: the times begin anew there.
MOST_REORDERED = 16
_STORE_BOTH_TIMES = frozenset({"mov", "flv", "mpegts", "mpeg"})


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """The frames as the packets tell of them.

    Attributes:
        pts: Presentation times in ticks, rising, int64, (F,); with numbering `decoding` an estimate.
        numbering: As `Preflight` says.
        dropped: Frames left out before the first that can be decoded: a stream that was cut without regard
            to its keyframes begins with them.
        reason: Why only decoding tells the frames, None where it is not needed.
    """

    pts: Ticks
    numbering: Numbering
    dropped: int = 0
    reason: str | None = None


def frame_times(packets: Packets, container: str, *, reorders: bool, frame_ticks: int) -> FrameTimes:
    """Return the times of the frames and how they are told apart.

    Args:
        packets: What the demux pass saw.
        container: libav's name of the container.
        reorders: Whether the decoder shows frames in another order than they come.
        frame_ticks: Ticks a frame at the stream's stated rate.
    """
    pts, dts, _key = packets.times()
    reason = _why_decode(packets, container, reorders=reorders)
    if reason is not None:
        return FrameTimes(_estimated(pts, dts, frame_ticks), "decoding", reason=reason)
    rising = np.sort(pts)
    if container == "avi":
        return FrameTimes(rising, "order")
    first = packets.first
    dropped = rising.size if first is None or first.pts is None else int(np.searchsorted(rising, first.pts))
    if first is None or dropped == rising.size or rising[dropped] != first.pts:
        reason = "The first frame comes at a time that no packet has"
        return FrameTimes(rising, "decoding", reason=reason)
    return FrameTimes(rising[dropped:], "time", dropped)


def _why_decode(packets: Packets, container: str, *, reorders: bool) -> str | None:
    """Return why the times of the packets are not those of the frames, or None."""
    pts, dts, _key = packets.times()
    lacking = int((pts == NO_TIME).sum())
    if pts.size == 0 or lacking or packets.first is None or packets.first.pts is None:
        return f"{lacking or 'All'} of {pts.size} packets lack a presentation time"
    repeated = pts.size - np.unique(pts).size
    if repeated:
        return f"{repeated} of {pts.size} packets repeat the presentation time of another"
    places = np.empty(pts.size, dtype=np.int64)
    places[np.argsort(pts, kind="stable")] = np.arange(pts.size)
    if int((np.arange(pts.size) - places).max()) > MOST_REORDERED:
        return "Presentation times begin anew within the file"
    if reorders and container != "avi" and pts.size > 1 and _are_decoding_times(pts, dts, container):
        return "Packets carry the times of decoding in place of those of presentation"
    return None


def _are_decoding_times(pts: Ticks, dts: Ticks, container: str) -> bool:
    """Return whether no packet of a stream whose decoder reorders frames is shown out of its turn.

    Where the container stores both times and they differ by a constant delay, the stream may do without
    reordering. Where it stores one, libav makes up the other, so a delay proves nothing.
    """
    if bool((np.diff(pts) < 0).any()):
        return False
    return bool((pts == dts).all()) or container.split(",", maxsplit=1)[0] not in _STORE_BOTH_TIMES


def _estimated(pts: Ticks, dts: Ticks, frame_ticks: int) -> Ticks:
    """Return times that the packets hint at, rising, int64, (N,)."""
    times = np.where(pts == NO_TIME, dts, pts)
    known = np.unique(times[times != NO_TIME])
    first = int(known[0]) if known.size else 0
    return known if known.size == pts.size else first + np.arange(max(pts.size, 1)) * frame_ticks
