"""What every encoder offers, and which encoder runs and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from tokcomp_cli.core.encoder_facts import EncoderFacts, Fit
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.errors import PlanError, check_one_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

Precision = Literal["float32", "bfloat16", "auto"]


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """Which encoder runs and how.

    Attributes:
        name: `embedded`, `handcrafted`, `auto` (see `registry.auto`), `clip:<model>/<pretrained>`,
            `clip:local-dir:<folder>` or `clip:<model>/<checkpoint file>`.
        layer: Block to read tokens from, counted from 1, or from the end with -1 for the last; None for the
            penultimate.
        resolution: Side, or height and width, of the input in pixels; None for the model's own.
        fit: How a picture's aspect ratio is reconciled with the input's.
        device: Where the forward pass runs, as torch names it.
        precision: Number format of the forward pass; `auto` is bfloat16 where the hardware has it.
        offline: Whether the network is forbidden. No encoder downloads; this only changes the advice where
            weights are missing.
    """

    name: str = "embedded"
    layer: int | None = None
    resolution: int | tuple[int, int] | None = None
    fit: Fit = "squash"
    device: str = "cpu"
    precision: Precision = "float32"
    offline: bool = False

    def __post_init__(self) -> None:
        """Check what needs no model.

        Raises:
            PlanError: A setting has a value that it cannot have.
        """
        check_one_of("fit", self.fit, get_args(Fit))
        check_one_of("precision", self.precision, get_args(Precision))
        if self.layer == 0:
            raise PlanError("`layer` counts blocks from 1, or from the end with -1 for the last; got 0")
        sides = (self.resolution,) if isinstance(self.resolution, int) else self.resolution or ()
        if self.resolution is not None and (len(sides) not in (1, 2) or min(sides) < 1):
            raise PlanError(
                f"`resolution` takes a side, or height and width, in pixels above 0; got {self.resolution}"
            )


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
        """

    def encode_text(self, text: str) -> Tensor | None:
        """Return the unit-norm embedding of a text, float32, CPU, (E,), or None without a text tower."""
