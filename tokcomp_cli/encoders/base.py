"""What every encoder offers."""

from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

from tokcomp_cli.core.results import EncoderFacts
from tokcomp_cli.core.tokens import FrameTokens


class Encoder(Protocol):
    """An image encoder that yields a grid of patch tokens."""

    @property
    def facts(self) -> EncoderFacts:
        """Return what the encoder is."""

    @property
    def blank(self) -> Tensor:
        """Return the mean response to blank grey frames at each grid position, float32, (P, D)."""

    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of each frame.

        Args:
            rgb: Pictures as displayed, uint8, (T, H, W, 3).

        Raises:
            EncoderError: The tower returned values that are not finite.
        """

    def encode_text(self, text: str) -> Tensor | None:
        """Return the unit-norm embedding of a text, float32, (E,), or None without a text tower."""
