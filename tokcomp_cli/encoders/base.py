"""What every encoder offers, and what may be asked of one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

from tokcomp_cli.core.encoder_facts import EncoderFacts, Fit
from tokcomp_cli.core.tokens import FrameTokens


@dataclass(frozen=True, slots=True)
class Options:
    """How an encoder is to be run.

    Attributes:
        layer: Block to read tokens from, from 1, or from the end with -1 for the last; None for the
            penultimate.
        resolution: Side, or height and width, of the input in pixels; None for the model's own.
        fit: How a picture's aspect ratio is reconciled with the input's.
        device: Where the forward pass runs.
        precision: `float32`, `bfloat16`, or `auto` for bfloat16 where the hardware has it.
    """

    layer: int | None = None
    resolution: int | tuple[int, int] | None = None
    fit: Fit = "squash"
    device: str = "cpu"
    precision: str = "float32"


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
