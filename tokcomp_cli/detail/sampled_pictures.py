"""A few of the pictures that pass by, evenly spread, for what only pixels tell."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import Picture as Decoded
from tokcomp_cli.difficulty.ocr import shrunk
from tokcomp_cli.encoders.geometry import place, seen_by

MOST_PICTURES = 8
LONG_SIDE = 2560


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and what the encoder sees of it.

    Attributes:
        rgb: The picture, its long side at most 2560 pixels, uint8, (H, W, 3).
        seen: The encoder's input without padding, made from the whole picture, uint8, (h, w, 3).
        source: What part of `rgb` that shows: left, top, right, bottom in pixels.
    """

    rgb: npt.NDArray[np.uint8]
    seen: npt.NDArray[np.uint8]
    source: tuple[float, float, float, float]


class Pictures:
    """Keeps every n-th of the pictures offered; n doubles whenever more than eight are kept.

    So the number of frames need not be known, memory is bounded, and the choice depends on the order alone.
    """

    def __init__(self, facts: EncoderFacts | None = None) -> None:
        """Keep nothing yet.

        Args:
            facts: Of the encoder whose input is made; None to keep nothing at all.
        """
        self._facts = facts
        self._every = 1
        self._offered = 0
        self.kept: list[Picture] = []

    def offer(self, picture: Decoded) -> None:
        """Keep a picture if it is its turn; the pixels of others are never made."""
        if self._facts is None:
            return
        if self._offered % self._every == 0:
            self.kept.append(_picture(picture, self._facts))
        self._offered += 1
        if len(self.kept) > MOST_PICTURES:
            self.kept, self._every = self.kept[::2], 2 * self._every


def _picture(decoded: Decoded, facts: EncoderFacts) -> Picture:
    spot = place(decoded.size, facts.input_size, facts.fit)
    left, top, right, bottom = spot.target
    seen = seen_by(facts, decoded)
    rgb = decoded.rgb()
    small = shrunk(rgb, LONG_SIDE)
    scale = small.shape[0] / rgb.shape[0], small.shape[1] / rgb.shape[1]
    x1, y1, x2, y2 = spot.source
    return Picture(
        rgb=small.copy() if small is rgb else small,
        seen=np.ascontiguousarray(seen[top:bottom, left:right]),
        source=(x1 * scale[1], y1 * scale[0], x2 * scale[1], y2 * scale[0]),
    )
