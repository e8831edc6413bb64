"""Which packets must be decoded for some of the frames: runs that begin where a decoder may start."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tokcomp_cli.media.video.preflight import Preflight

# So few packets are decoded on rather than left out: a decoder that starts anew loses about as much.
_FEW_PACKETS = 4


@dataclass(frozen=True, slots=True)
class Run:
    """Packets that follow each other in the file.

    Attributes:
        numbers: Wanted frames that they give, rising.
        first_pts: Time of the first packet; None to begin with the first of the file.
        last_pts: Time of the last one.
        passed: Packets between the run before, or the start of the file, and this one.
    """

    numbers: tuple[int, ...]
    first_pts: int | None
    last_pts: int
    passed: int


def runs(flight: Preflight, wanted: npt.NDArray[np.int64]) -> list[Run]:
    """Return the runs that give the wanted frames in order; none where packets cannot tell.

    A run begins at a keyframe and ends with the last packet, in the order of the file, that a wanted frame
    of it needs. A frame that is shown before the keyframe it follows in the file refers to frames before
    that keyframe too, so its run begins at the keyframe before.

    Args:
        flight: Pre-flight of the video.
        wanted: Frame numbers, strictly rising, int64, (T,).
    """
    if not flight.may_leave_out or wanted.size == 0:
        return []
    places, starts = _needed(flight, wanted)
    found: list[Run] = []
    end = -1
    for at in _cuts(places, starts):
        first, last = int(starts[at].min()), int(places[at].max())
        found.append(
            Run(
                numbers=tuple(sorted(wanted[at].tolist())),
                first_pts=int(flight.file_pts[first]) if first >= 0 else None,
                last_pts=int(flight.file_pts[last]),
                passed=max(first - end - 1, 0),
            )
        )
        end = last
    numbers = np.array([number for run in found for number in run.numbers])
    return found if (numbers == wanted).all() else []


def _needed(
    flight: Preflight, wanted: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the place of each wanted frame's packet in the file, and where decoding starts, -1 for before.

    int64, (T,) each.
    """
    pts = flight.file_pts
    order = np.argsort(pts, kind="stable")
    places = order[np.searchsorted(pts[order], flight.pts[wanted])]
    keys = np.flatnonzero(flight.file_key)
    if keys.size == 0:  # an edit list cuts the only one away
        return places, np.full_like(places, -1)
    key = np.searchsorted(keys, places, side="right") - 1
    leading = (key >= 0) & (pts[places] < pts[keys[key]])
    key -= leading
    return places, np.where(key >= 0, keys[key], -1)


def _cuts(places: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Return which wanted frames share a run, in the order of the file."""
    order = np.argsort(starts, kind="stable")
    reached = np.maximum.accumulate(places[order])
    apart = starts[order][1:] > reached[:-1] + _FEW_PACKETS
    return np.split(order, np.flatnonzero(apart) + 1)
