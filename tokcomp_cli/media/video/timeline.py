"""Frame times: gaps, durations and whether the rate varies."""

import numpy as np
import numpy.typing as npt

from tokcomp_cli.media.video.packets import NO_TIME

Seconds = npt.NDArray[np.float64]
Ticks = npt.NDArray[np.int64]
# Rounding to the time base moves a frame by at most one tick, so a gap by at most two.
_ROUNDING_TICKS = 2


def durations(pts_seconds: Seconds, last_seconds: float) -> Seconds:
    """Return how long each frame is shown: up to the next one, float64, (F,).

    Args:
        pts_seconds: Presentation times, rising, float64, (F,).
        last_seconds: The last frame's own duration; 0 where unknown, then it is the median gap.
    """
    gaps = np.diff(pts_seconds)
    if last_seconds <= 0:
        last_seconds = float(np.median(gaps)) if gaps.size else 0.0
    return np.append(gaps, last_seconds)


def varies(pts: Ticks) -> bool:
    """Return whether gaps between frames differ by more than rounding to the time base explains."""
    gaps = np.diff(pts)
    return bool(gaps.size and int(gaps.max() - gaps.min()) > _ROUNDING_TICKS)


def filled(pts: Ticks, frame_ticks: int) -> Ticks:
    """Return times that strictly rise; missing and repeated ones come one frame after the last.

    Args:
        pts: Times in the order of the frames, `NO_TIME` where missing, int64, (F,).
        frame_ticks: Ticks a frame lasts where the times do not tell, at least 1.
    """
    known = np.unique(pts[pts != NO_TIME])
    gap = max(int(np.median(np.diff(known))), 1) if known.size > pts.size // 2 > 0 else frame_ticks
    times = np.empty_like(pts)
    last = (int(known[0]) if known.size else 0) - gap
    for position, time in enumerate(pts.tolist()):
        last = time if time != NO_TIME and time > last else last + gap
        times[position] = last
    return times
