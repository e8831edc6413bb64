"""Frame times: gaps, durations and whether the rate varies."""

import heapq

import numpy as np
import numpy.typing as npt

from tokcomp_cli.media.demux.numbering import MOST_REORDERED
from tokcomp_cli.media.demux.packets import NO_TIME

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


def repaired(pts: Ticks, frame_ticks: int) -> Ticks:
    """Return times that strictly rise for frames in the order in which a decoder gives them, int64, (F,).

    Times out of order by a few frames are sorted: packets carried them in the order of decoding. Where
    times begin anew, the rest follows on. Frames without a time of their own (none, or another's) share
    the gap to the next time evenly, so later frames keep theirs.

    Args:
        pts: Times, `NO_TIME` where missing, int64, (F,).
        frame_ticks: Ticks a frame lasts where the times do not tell, at least 1.
    """
    known = np.flatnonzero(pts != NO_TIME)
    gap = _usual_gap(pts[known], frame_ticks) if known.size > pts.size // 2 else frame_ticks
    times = np.full(pts.shape, np.nan)
    times[known] = _rising_parts(pts[known].astype(np.float64), gap)
    repeats = known[1:][np.diff(times[known]) <= 0]
    times[repeats] = np.nan
    return _between(times, gap)


def _usual_gap(pts: Ticks, frame_ticks: int) -> int:
    """Return the median gap between different times, in ticks."""
    gaps = np.diff(np.unique(pts))
    return max(int(np.median(gaps)), 1) if gaps.size else frame_ticks


def _rising_parts(pts: Seconds, gap: int) -> Seconds:
    """Return times sorted within each part that begins anew, each part after the one before, (N,)."""
    parts: list[list[float]] = [[]]
    latest: list[float] = []  # the latest times of the part, the least of them first
    for time in pts.tolist():
        if len(latest) > MOST_REORDERED and time < latest[0]:
            parts.append([])
            latest = []
        parts[-1].append(time)
        (heapq.heappush if len(latest) <= MOST_REORDERED else heapq.heappushpop)(latest, time)
    end, rising = -np.inf, []
    for part in parts:
        times = np.sort(part)
        if times.size:
            times = times + max(end - times[0], 0.0)
            end = times[-1] + gap
        rising.append(times)
    return np.concatenate(rising)


def _between(times: Seconds, gap: int) -> Ticks:
    """Return rising times in ticks, the unknown ones (NaN) spread evenly between the known."""
    known = np.flatnonzero(~np.isnan(times))
    if known.size == 0:
        return np.arange(times.size, dtype=np.int64) * gap
    places = np.arange(times.size)
    filled = np.interp(places, known, times[known])
    if known.size > 1:
        gap = max(round(float(np.median(np.diff(filled[known[0] : known[-1] + 1])))), 1)
    before, after = places < known[0], places > known[-1]
    filled[before] = times[known[0]] - (known[0] - places[before]) * gap
    filled[after] = times[known[-1]] + (places[after] - known[-1]) * gap
    ticks = np.rint(filled).astype(np.int64)
    # More frames than ticks between two times: each at least a tick after the one before.
    return np.maximum.accumulate(ticks - places) + places
