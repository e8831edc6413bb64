"""Which frames of a video are read: pure functions of the frames' presentation times."""

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import Sampling
from tokcomp_cli.errors import PlanError

Seconds = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_DEFAULT_FPS = 2.0
# Times carry float noise of some ulp; a time base is never finer than a microsecond in practice.
_TOLERANCE_SECONDS = 1e-7


def sample(
    pts_seconds: Seconds,
    duration_seconds: Seconds,
    *,
    fps: float | Literal["native"] | None = None,
    every: int | None = None,
    frames: int | None = None,
    start_seconds: float | None = None,
    end_seconds: float | None = None,
    max_frames: int | None = None,
) -> Sampling:
    """Return the chosen frames, in presentation order.

    Of `fps`, `every` and `frames` at most one is given; with none of them the rule is `fps=2`. The
    window keeps the frames whose presentation time is in [start, end).

    Args:
        pts_seconds: Presentation time of each frame, rising, float64, (F,).
        duration_seconds: How long each frame is shown, float64, (F,).
        fps: Frames a second, or `native` for every frame.
        every: Every k-th frame of the window, from its first.
        frames: So many, spread uniformly with the first and the last.
        start_seconds: Start of the window, in the file's own presentation time.
        end_seconds: End of the window.
        max_frames: Most frames to keep; above it they are thinned evenly and a note says so.

    Raises:
        PlanError: No frame lies in the window.
    """
    window, notes = _window(pts_seconds, duration_seconds, start_seconds, end_seconds)
    times, durations = pts_seconds[window], duration_seconds[window]
    if every is not None:
        rule, chosen = f"every={every}", every_kth(times.size, every)
    elif frames is not None:
        rule, chosen = f"frames={frames}", spread(times.size, frames)
        still = times.size == 1 and durations[0] == 0
        if frames > times.size and not still:
            notes.append(f"{frames} frames were asked for; all {times.size} there are were taken.")
    elif fps == "native":
        rule, chosen = "native", np.arange(times.size, dtype=np.int64)
    else:
        rate = _DEFAULT_FPS if fps is None else fps
        rule, chosen = f"fps={rate:g}", at_rate(times, durations, rate)
        if chosen.size == 1 < times.size:
            notes.append(
                f"The clip is no longer than a step of {1 / rate:g} s, so one of its {times.size} frames was "
                "taken; --fps native takes all."
            )
    if max_frames is not None and chosen.size > max_frames:
        notes.append(f"{chosen.size} frames were thinned evenly to --max-frames {max_frames}.")
        chosen = chosen[spread(chosen.size, max_frames)]
    return Sampling(rule, window[chosen], int(pts_seconds.size), tuple(notes))


def at_rate(pts_seconds: Seconds, duration_seconds: Seconds, rate: float) -> Indices:
    """Return the frames nearest to each multiple of 1/rate after the first, int64, (T,).

    The multiples run up to, not including, the end of the last frame. Of two frames equally near
    the earlier is taken, and no frame twice. Above the native rate (no two frames are nearer than
    1/rate) the result is every frame.

    Args:
        pts_seconds: Presentation times, rising, float64, (F,), F at least 1.
        duration_seconds: How long each frame is shown, float64, (F,).
        rate: Frames a second, above 0.
    """
    offsets = pts_seconds - pts_seconds[0]
    gaps = np.diff(offsets)
    if rate * float(np.min(gaps, initial=math.inf)) >= 1.0 - _TOLERANCE_SECONDS * rate:
        return np.arange(offsets.size, dtype=np.int64)
    # A frame is nearest to the times from the midpoint before it to the midpoint after it. It is
    # chosen when a multiple lies there; counting multiples below each border needs no list of them.
    middles = offsets[:-1] + gaps / 2
    below_border = np.floor((middles + _TOLERANCE_SECONDS) * rate) + 1
    span = float(offsets[-1] + duration_seconds[-1])
    below_end = max(math.ceil((span - _TOLERANCE_SECONDS) * rate), 1)
    counts = np.concatenate(([0.0], np.minimum(below_border, below_end), [below_end]))
    return np.flatnonzero(np.diff(counts) > 0).astype(np.int64)


def every_kth(count: int, step: int) -> Indices:
    """Return 0, step, 2·step … below count, int64."""
    return np.arange(0, count, step, dtype=np.int64)


def spread(count: int, wanted: int) -> Indices:
    """Return `wanted` of `count` positions spread uniformly, with the first and the last, int64.

    Positions are rounded half up. One position is the first; more than there are is all of them.
    """
    if wanted >= count:
        return np.arange(count, dtype=np.int64)
    if wanted == 1:
        return np.zeros(1, dtype=np.int64)
    # Whole numbers only: floor((2·i·(count − 1) + (wanted − 1)) / (2·(wanted − 1))) is half up.
    steps = np.arange(wanted, dtype=np.int64)
    return (2 * steps * (count - 1) + (wanted - 1)) // (2 * (wanted - 1))


def _window(
    pts_seconds: Seconds, duration_seconds: Seconds, start_seconds: float | None, end_seconds: float | None
) -> tuple[Indices, list[str]]:
    """Return the frames in the window, int64, (F,), and the notes about it."""
    inside = np.ones(pts_seconds.shape, dtype=np.bool_)
    if start_seconds is not None:
        inside &= pts_seconds >= start_seconds - _TOLERANCE_SECONDS
    if end_seconds is not None:
        inside &= pts_seconds < end_seconds - _TOLERANCE_SECONDS
    window = np.flatnonzero(inside).astype(np.int64)
    if start_seconds is None and end_seconds is None:
        return window, []
    start_words = "the start" if start_seconds is None else f"{start_seconds:g} s"
    end_words = "the end" if end_seconds is None else f"{end_seconds:g} s"
    if window.size == 0:
        first, last = float(pts_seconds[0]), float(pts_seconds[-1] + duration_seconds[-1])
        raise PlanError(
            f"a window with frames was expected, but none lies from {start_words} to {end_words}; "
            f"the file runs from {first:.3f} s to {last:.3f} s."
        )
    return window, [f"Only frames from {start_words} to {end_words} were considered: {window.size}."]
