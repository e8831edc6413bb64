"""The hardest merged frame: which it is, and its first picture at a higher resolution."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import Picture
from tokcomp_cli.difficulty.rules import NOTE, Rule
from tokcomp_cli.difficulty.score import image_score
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.encoders.geometry import input_of

SIDE = 3
"""Tiles of a picture along each side, as many times the encoder's resolution."""


def hardest_of(signals: Sequence[ImageSignals], rule: Rule = NOTE) -> int:
    """Return the index of the merged frame that looks hardest; the earlier of two."""
    return max(range(len(signals)), key=lambda index: image_score(signals[index], rule))


class HardestPicture:
    """Keeps one enlarged picture while frames go by: memory does not grow with the video.

    Attributes:
        picture: Of the hardest merged frame so far, uint8, (3H, 3W, 3); H and W are the encoder's input.
        enlarged: Whether its file has fewer pixels than that along a side.
    """

    def __init__(self, facts: EncoderFacts, rule: Rule = NOTE) -> None:
        height, width = facts.input_size
        self._facts, self._rule, self._score = facts, rule, -1.0
        self._size = SIDE * height, SIDE * width
        self._waiting: Picture | None = None
        self.picture: npt.NDArray[np.uint8] = np.empty((0, 0, 3), np.uint8)
        self.enlarged = False

    def opened(self, picture: Picture) -> None:
        """Take note of the first picture of a merged frame; its pixels are made only if it is kept."""
        self._waiting = picture

    def closed(self, signals: ImageSignals) -> None:
        """Keep the picture if its merged frame, now measured, looks harder than all before."""
        score = image_score(signals, self._rule)
        if self._waiting is None or score <= self._score:
            return
        facts, (height, width) = self._facts, self._waiting.size
        self._score = score
        self.picture = input_of(self._waiting, self._size, fit=facts.fit, interpolation=facts.interpolation)
        self.enlarged = height < self._size[0] or width < self._size[1]
