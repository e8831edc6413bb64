"""A video: pre-flight, the choice of decoder, and frames streamed in bounded batches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Self

import av
import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import FrameBatch, MediaFacts, Picture, Scaling, array_pictures
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.demux.packets import NO_TIME
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.video.decoded import Losses
from tokcomp_cli.media.video.decord_decoder import (
    DecordReader,
    DecordRefusedError,
    decord_version,
    refusal_of_choice,
)
from tokcomp_cli.media.video.preflight import Preflight
from tokcomp_cli.media.video.pyav_decoder import pictures, times_by_decoding
from tokcomp_cli.media.video.timeline import durations, repaired, varies

_MAX_BATCH_BYTES = 64 << 20
_SCALED = "frames are scaled as they come from the decoder"
_ONE_BESIDE_SOUND = "The file is sound with one picture beside it."
_DECORD_MAY = "the pre-flight found its numbers of frames right"


class VideoMedia:
    """A video file.

    Attributes:
        facts: What is known about the file; final once `frames` is exhausted.
        pts_seconds: Presentation time of each frame, float64, (F,).
        duration_seconds: How long each is shown, float64, (F,).
    """

    def __init__(
        self,
        source: LocalFile,
        flight: Preflight,
        max_pixels: int,
        at_work: Callable[[], None] = lambda: None,
    ) -> None:
        """Count the frames by decoding them where the pre-flight could not; `at_work` is called meanwhile."""
        self._source = source
        self._max_pixels = max_pixels
        if flight.numbering == "decoding":
            flight = _timed_by_decoding(source, flight, max_pixels, at_work)
        self._flight = flight
        self.pts_seconds, self.duration_seconds = clock(flight)
        self.facts = facts_of(source, flight)

    def frames(
        self, frame_index: npt.NDArray[np.int64], *, max_batch: int = 16, scaled: Sequence[Scaling] = ()
    ) -> Iterator[FrameBatch]:
        """Yield the wanted frames in presentation order; frames that cannot be decoded are left out.

        Args:
            frame_index: Frame numbers, strictly rising, int64, (T,).
            max_batch: Most frames a batch; huge frames come in smaller ones.
            scaled: Sizes that the pictures will be asked for; with any, PyAV decodes.

        Raises:
            MediaError: None of the wanted frames can be decoded.
        """
        if frame_index.size == 0:
            return
        per_batch = self._per_batch(max_batch)
        served = 0
        refusal = self._refusal(frame_index, scaled)
        if refusal is not None:
            self._say(decoder="pyav", decoder_version=av.__version__, decoder_reason=refusal)
        else:
            try:
                reader = DecordReader(self._source, self._flight)
                self._say(decoder="decord", decoder_version=reader.version, decoder_reason=_DECORD_MAY)
                for batch in reader.pictures(frame_index, per_batch):
                    yield self._batch(array_pictures(batch), frame_index[served : served + len(batch)])
                    served += len(batch)
            except DecordRefusedError as error:
                self._say(decoder="pyav", decoder_version=av.__version__, decoder_reason=str(error))
        if served < frame_index.size:
            yield from self._by_pyav(frame_index[served:], per_batch)
        if self._source.changed():
            self._note("The file changed while it was read.")

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _by_pyav(self, wanted: npt.NDArray[np.int64], per_batch: int) -> Iterator[FrameBatch]:
        """Yield the wanted frames as PyAV decodes them, then enter what was lost."""
        losses, served, held_bytes = Losses(), 0, 0
        numbers: list[int] = []
        held: list[Picture] = []
        for number, picture in pictures(self._source, self._flight, wanted, losses, self._max_pixels):
            numbers.append(number)
            held.append(picture)
            served += 1
            held_bytes += picture.held_bytes
            if len(held) == per_batch or held_bytes >= _MAX_BATCH_BYTES:
                yield self._batch(tuple(held), np.array(numbers, dtype=np.int64))
                numbers, held, held_bytes = [], [], 0
        if held:
            yield self._batch(tuple(held), np.array(numbers, dtype=np.int64))
        self._enter(losses)
        if served == 0:
            raise MediaError(
                f"{printable(self._source.path)}: frames were expected, but none of the {wanted.size} wanted "
                "ones can be decoded; the file is damaged there, choose others or use another copy."
            )

    def _refusal(self, frame_index: npt.NDArray[np.int64], scaled: Sequence[Scaling]) -> str | None:
        """Return why decord must not read these frames, or None when it may."""
        if self._flight.decord_refusal is not None:
            return self._flight.decord_refusal
        if scaled:
            return _SCALED
        return refusal_of_choice(self._flight, frame_index)

    def _batch(self, held: tuple[Picture, ...], frame_index: npt.NDArray[np.int64]) -> FrameBatch:
        """Return pictures with their numbers and times."""
        return FrameBatch(held, self.pts_seconds[frame_index], frame_index)

    def _per_batch(self, max_batch: int) -> int:
        """Return how many frames fit in one batch."""
        frame_bytes = self.facts.width * self.facts.height * 3
        return max(min(max_batch, _MAX_BATCH_BYTES // frame_bytes), 1)

    def _enter(self, losses: Losses) -> None:
        """Enter what was lost while decoding into the facts."""
        self._say(decode_errors=losses.errors + losses.corrupt)
        told = losses.told(known=bool(self._flight.damage))
        if told is not None:
            self._note(told, damage=True)
        if losses.unlisted:
            self._note(f"{losses.unlisted} decoded frames at times that no packet has are left out.")
        if losses.resized:
            self._note(f"The size changes in the stream; {losses.resized} frames were scaled to the first's.")

    def _note(self, note: str, *, damage: bool = False) -> None:
        """Add a remark to the facts, once, and whether it means damage."""
        notes = self.facts.notes if note in self.facts.notes else (*self.facts.notes, note)
        self.facts = replace(self.facts, notes=notes, salvaged=self.facts.salvaged or damage)

    def _say(self, **changes: str | int) -> None:
        """Change facts."""
        self.facts = replace(self.facts, **changes)  # type: ignore[arg-type]


def _timed_by_decoding(
    source: LocalFile, flight: Preflight, max_pixels: int, at_work: Callable[[], None]
) -> Preflight:
    """Return the pre-flight with the frames counted and timed by decoding them all once."""
    found, losses = times_by_decoding(source, max_pixels, at_work)
    if found.size == 0:
        raise MediaError(
            f"{printable(source.path)}: a video was expected, but no frame can be decoded; use another copy."
        )
    unknown = int((found == NO_TIME).sum())
    notes = [f"{flight.why_decode}; the frames were counted by decoding them all."]
    if unknown:
        notes.append(f"{unknown} of {found.size} frames have no time; the stream's stated rate was assumed.")
    damage = flight.damage
    if not damage and (losses.errors or losses.broken_off):
        damage = (f"{losses.errors} packets could not be decoded.",)
    return replace(
        flight,
        pts=repaired(found, flight.frame_ticks),
        notes=(*flight.notes, *notes),
        damage=damage,
    )


def clock(flight: Preflight) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return presentation time and duration of each frame in seconds, float64, (F,) each."""
    seconds = flight.pts.astype(np.float64) * float(flight.time_base)
    return seconds, durations(seconds, flight.last_duration * float(flight.time_base))


def analysed_facts(source: LocalFile, flight: Preflight) -> MediaFacts:
    """Return what the pre-flight tells, with the decoder that reads the frames of an analysis."""
    reason = flight.decord_refusal or _SCALED
    return replace(
        facts_of(source, flight), decoder="pyav", decoder_version=av.__version__, decoder_reason=reason
    )


def facts_of(source: LocalFile, flight: Preflight) -> MediaFacts:
    """Return what the pre-flight tells about a video."""
    seconds, shown = clock(flight)
    span = float(seconds[-1] + shown[-1] - seconds[0])
    geometry = flight.geometry
    width, height = geometry.displayed
    ratio = geometry.sample_aspect_ratio
    safe = flight.decord_refusal is None
    one_beside_sound = flight.audio and flight.pts.size == 1
    return MediaFacts(
        path=source.path,
        kind="video",
        container=flight.container,
        codec=flight.codec,
        width=width,
        height=height,
        frames_in_file=int(flight.pts.size),
        duration_seconds=span,
        fps_average=flight.pts.size / span if span > 0 else None,
        variable_frame_rate=varies(flight.pts),
        rotation_degrees=geometry.rotation_degrees,
        size_bytes=source.size_bytes,
        decoder="decord" if safe else "pyav",
        decoder_version=decord_version() if safe else av.__version__,
        decoder_reason=flight.decord_refusal or _DECORD_MAY,
        salvaged=bool(flight.damage),
        notes=(*flight.damage, *flight.notes, *((_ONE_BESIDE_SOUND,) if one_beside_sound else ())),
        sample_aspect_ratio=f"{ratio.numerator}:{ratio.denominator}" if ratio else None,
        pixel_format=geometry.pixel_format,
        color_transfer=geometry.color_transfer,
        interlaced=geometry.interlaced,
        keyframes=int(flight.key_pts.size),
        first_pts_seconds=float(seconds[0]),
        has_audio=flight.audio,
        video_streams=flight.video_streams,
    )
