"""An animated GIF, WebP or APNG as a video with the durations its frames really have."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
import numpy.typing as npt
import PIL

from tokcomp_cli.core.frames import ArrayPicture, FrameBatch, MediaFacts, Scaling
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.stills.colour import code_points_of, srgb
from tokcomp_cli.media.stills.facts import MIRRORED
from tokcomp_cli.media.stills.players import Player, player_of
from tokcomp_cli.media.stills.still import bound_pixels, foreign_errors, turn_of, turned

_MAX_BATCH_BYTES = 64 << 20
_VARIES_SECONDS = 0.002


class AnimationMedia:
    """An animated picture.

    Attributes:
        facts: What is known about the file; final once `frames` is exhausted.
        pts_seconds: When each frame appears, from 0, float64, (F,).
        duration_seconds: How long each is shown, float64, (F,).
    """

    def __init__(
        self,
        source: LocalFile,
        container: StillFormat,
        seconds: list[float],
        max_pixels: int,
    ) -> None:
        """Open the player.

        Args:
            source: The file.
            container: Its format.
            seconds: How long each frame is shown.
            max_pixels: Most pixels a frame may have.

        Raises:
            MediaError: The header is damaged, or the picture is too large.
        """
        player = player_of(source, container)
        bound_pixels(source, player.size, max_pixels)
        self._source = source
        self._container = container
        self._player = player
        self._code_points = code_points_of(source, container)
        single = len(seconds) == 1
        self.duration_seconds: npt.NDArray[np.float64] = np.array([0.0] if single else seconds)
        ends = np.cumsum(self.duration_seconds)
        self.pts_seconds: npt.NDArray[np.float64] = np.concatenate(([0.0], ends[:-1]))
        self.facts = _facts(source, container, player, self.duration_seconds)

    def frames(
        self, frame_index: npt.NDArray[np.int64], *, max_batch: int = 16, scaled: Sequence[Scaling] = ()
    ) -> Iterator[FrameBatch]:
        """Yield the wanted frames; those of a cut-off file that cannot be decoded are left out.

        Args:
            frame_index: Frame numbers, strictly rising, int64, (T,).
            max_batch: Most frames a batch; huge frames come in smaller ones.
            scaled: Of no use here: the whole pictures are there.

        Raises:
            MediaError: None of the wanted frames can be decoded.
        """
        del scaled
        frame_bytes = self.facts.width * self.facts.height * 3
        per_batch = max(min(max_batch, _MAX_BATCH_BYTES // frame_bytes), 1)
        served, held = 0, []
        for number in frame_index.tolist():
            try:
                held.append(self._picture(number))
            except MediaError:
                self._salvaged(f"Decoding stopped at frame {number}, which is damaged.")
                break
            served += 1
            if len(held) == per_batch:
                yield self._batch(held, frame_index[served - len(held) : served])
                held = []
        if held:
            yield self._batch(held, frame_index[served - len(held) : served])
        if served == 0 and frame_index.size:
            raise MediaError(
                f"{printable(self._source.path)}: frames were expected, but none of the {frame_index.size} "
                "wanted ones can be decoded; the file is damaged, use another copy."
            )
        if self._source.changed():
            self._salvaged("The file changed while it was read.")

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _picture(self, number: int) -> npt.NDArray[np.uint8]:
        """Return one frame as displayed, uint8, (H, W, 3)."""
        with foreign_errors(self._source, self._container, f"frame {number} is damaged"):
            shown = turned(self._player.picture(number), self._player.orientation)
            pixels, notes = srgb(shown, self._container, self._code_points)
        self._note(*notes)
        return pixels

    def _batch(self, held: list[npt.NDArray[np.uint8]], frame_index: npt.NDArray[np.int64]) -> FrameBatch:
        """Return pictures with their numbers and times."""
        return FrameBatch(tuple(map(ArrayPicture, held)), self.pts_seconds[frame_index], frame_index)

    def _salvaged(self, note: str) -> None:
        """Mark the file as damaged, with the reason."""
        self._note(printable(note))
        self.facts = replace(self.facts, salvaged=True)

    def _note(self, *notes: str) -> None:
        """Add remarks to the facts, each once."""
        new = tuple(note for note in notes if note not in self.facts.notes)
        if new:
            self.facts = replace(self.facts, notes=(*self.facts.notes, *new))


def _facts(
    source: LocalFile, container: StillFormat, player: Player, seconds: npt.NDArray[np.float64]
) -> MediaFacts:
    """Return what the headers tell about an animation; of one frame it is a still picture."""
    total = float(seconds.sum())
    moving = seconds.size > 1
    width, height = player.size if player.orientation < 5 else player.size[::-1]
    degrees, mirrored = turn_of(player.orientation)
    return MediaFacts(
        path=source.path,
        kind="animation" if moving else "image",
        container=container,
        codec=player.mode,
        width=width,
        height=height,
        frames_in_file=int(seconds.size),
        duration_seconds=total if moving else None,
        fps_average=seconds.size / total if moving else None,
        variable_frame_rate=bool(np.ptp(seconds) > _VARIES_SECONDS) if moving else None,
        rotation_degrees=degrees,
        size_bytes=source.size_bytes,
        decoder="pillow",
        decoder_version=PIL.__version__,
        decoder_reason="an animated picture" if moving else "a still picture",
        notes=(*player.notes, *((MIRRORED,) if mirrored else ())),
        first_pts_seconds=0.0 if moving else None,
    )
