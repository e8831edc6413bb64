"""Frames by index with decord, for files that the pre-flight found safe for it."""

import contextlib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.processes import silent_stderr
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.video.preflight import Preflight

# Its own count of frames that it had to make up; above this share it raises.
_TOLERATED_RECOVERED = 1e-9
_MAX_AHEAD_BYTES = 256 << 20


class DecordRefusedError(Exception):
    """decord cannot be trusted with this file; the message says why. Never reaches a user."""


def decord_version() -> str:
    """Return the version of the installed decord without importing it, empty if there is none."""
    for distribution in ("decord2", "decord"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(distribution)
    return ""


def refusal_of_choice(flight: Preflight, wanted: npt.NDArray[np.int64]) -> str | None:
    """Return why decord must not read these frames, though it may read the file, or None.

    To reach a frame that does not follow the last one, decord polls its decoder a fixed number of
    times and then goes on with whatever frame it has; on a busy machine that is a wrong one, told
    only by a log line (`SkipFramesImpl`, "Failed to skip frames effectively"). So it reads only
    runs of consecutive frames that begin at a keyframe, where nothing is skipped.

    And it decodes ahead as fast as it can, into a queue without a limit (7 GB after 3,000 frames of
    720p on a busy machine), so all that is left of the file must fit in memory.
    """
    if wanted.size == 0 or int(wanted[-1] - wanted[0]) + 1 != wanted.size:
        return "the frames are not consecutive, and decord's skipping gives wrong ones on a busy machine"
    if flight.pts[wanted[0]] not in flight.key_pts:
        return "the first frame is no keyframe, and decord's skipping gives wrong ones on a busy machine"
    geometry = flight.geometry
    ahead_bytes = int(flight.pts.size - wanted[0]) * geometry.coded_width * geometry.coded_height * 3
    if ahead_bytes > _MAX_AHEAD_BYTES:
        return f"decord decodes ahead without a limit, and the frames take {ahead_bytes >> 20:,} MiB"
    return None


class DecordReader:
    """An opened decord reader whose frame table was checked against the pre-flight."""

    def __init__(self, source: LocalFile, flight: Preflight) -> None:
        try:
            import decord
        except (ImportError, OSError) as error:
            raise DecordRefusedError("decord is not installed") from error
        path = _plain_path(source)
        decord.logging.set_level(decord.logging.QUIET)
        self.version: str = decord.__version__
        try:
            with silent_stderr():
                self._reader = decord.VideoReader(path, ctx=decord.cpu(0), fault_tol=_TOLERATED_RECOVERED)
                starts = self._reader.get_frame_timestamp(np.arange(len(self._reader)))[:, 0]
        except Exception as error:  # decord raises its own base error, AssertionError and others
            raise DecordRefusedError("decord could not open it") from error
        if not source.still_at_path():
            raise DecordRefusedError("the file at the path changed while it was opened")
        _require_same_times(starts, flight)

    def pictures(self, wanted: npt.NDArray[np.int64], per_batch: int) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield a run of consecutive frames in batches, uint8, (B, H, W, 3).

        Raises:
            DecordRefusedError: A frame cannot be decoded.
        """
        for start in range(0, wanted.size, per_batch):
            try:
                with silent_stderr():
                    batch = self._reader.get_batch(wanted[start : start + per_batch].tolist()).asnumpy()
            except Exception as error:
                raise DecordRefusedError("decord failed while decoding") from error
            yield batch


def _plain_path(source: LocalFile) -> str:
    """Return the absolute path for a library that opens files itself."""
    path = str(Path(source.path).absolute())
    try:
        path.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DecordRefusedError("the file name is not UTF-8") from error
    if not path.isprintable():
        raise DecordRefusedError("the file name holds control characters")
    if not source.still_at_path():
        raise DecordRefusedError("the path leads to another file than the one opened")
    return path


def _require_same_times(starts: npt.NDArray[np.float32], flight: Preflight) -> None:
    """Raise unless decord's table of frame times is the pre-flight's."""
    expected = (flight.pts - flight.pts[0]).astype(np.float64) * float(flight.time_base)
    if starts.size != expected.size:
        raise DecordRefusedError(f"decord counts {starts.size} frames, the packets say {expected.size}")
    # decord counts from the stream's start, in float32 seconds, so its rounding grows with the time.
    slack = np.maximum(1e-3, expected * 1e-6)
    if bool((np.abs(starts.astype(np.float64) - starts[0] - expected) > slack).any()):
        raise DecordRefusedError("decord's frame times differ from the packets'")
