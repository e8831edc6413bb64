"""What every encoder offers."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.lazy import Tensor, np, npt
from tokcomp_cli.core.tokens import FrameTokens


class Encoder(Protocol):
    """An image encoder that yields a grid of patch tokens."""

    @property
    def facts(self) -> EncoderFacts:
        """Return what the encoder is."""

    @property
    def blank(self) -> Tensor:
        """Return the mean response to blank grey frames at each grid position, float32, CPU, (P, D)."""

    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of each frame, float32, on the CPU wherever the forward pass runs.

        Args:
            rgb: Pictures as displayed, uint8, (T, H, W, 3).

        Raises:
            EncoderError: The encoder returned values that are not finite.
            MemoryError: Memory does not suffice for so many frames.
        """

    def encode_text(self, text: str) -> Tensor | None:
        """Return the unit-norm embedding of a text, float32, CPU, (E,), or None without a text tower."""


@runtime_checkable
class Resizable(Protocol):
    """An encoder that can be read at another input size."""

    def at_grid(self, grid: tuple[int, int]) -> Encoder:
        """Return the same encoder for an input of so many rows and columns of patches."""
