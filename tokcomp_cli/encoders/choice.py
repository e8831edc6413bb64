"""Which encoder runs and how, checked before one is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from tokcomp_cli.core.encoder_facts import Fit
from tokcomp_cli.core.setting import setting
from tokcomp_cli.errors import PlanError, check_choice

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import Scalar

Precision = Literal["float32", "bfloat16", "auto"]
Resolution = int | tuple[int, int]


def parse_resolution(text: str) -> Resolution:
    """Return the side, or height and width, that `336` or `224x448` stands for.

    Raises:
        PlanError: It is neither.
    """
    sides = text.lower().replace("×", "x").split("x")
    if len(sides) > 2 or not all(map(str.isdecimal, sides)):
        raise PlanError(f"`resolution` takes a side or height x width, as 336 or 224x448; got {text!r}")
    return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))


def show_resolution(value: Resolution | None) -> Scalar:
    """Return a resolution as users write it."""
    return f"{value[0]}x{value[1]}" if isinstance(value, tuple) else value if value is None else str(value)


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

    name: str = setting(
        "embedded",
        "Encoder, see: tokcomp models list.",
        "Encoder",
        key="encoder",
        in_result=False,
    )
    layer: int | None = setting(
        None,
        "Encoder block that tokens come from.",
        "Encoder",
        alias="encoder_layer",
        absent="the penultimate",
        in_result=False,
    )
    resolution: Resolution | None = setting(
        None,
        "Input size in pixels.",
        "Encoder",
        metavar="SIDE|HxW",
        absent="the model's own",
        parse=parse_resolution,
        show=show_resolution,
        in_result=False,
    )
    fit: Fit = setting(
        "squash",
        "How a picture is brought to the input's shape.",
        "Encoder",
        metavar="|".join(get_args(Fit)),
        in_result=False,
    )
    device: str = setting("cpu", "Where the encoder runs, as torch names it.", "Encoder", in_result=False)
    precision: Precision = setting(
        "auto",
        "Number format of the encoder.",
        "Encoder",
        metavar="|".join(get_args(Precision)),
        in_result=False,
    )
    offline: bool = setting(False, "Forbid the network.", "Encoder", in_result=False)

    def __post_init__(self) -> None:
        """Check what needs no model.

        Raises:
            PlanError: A setting has a value that it cannot have.
        """
        check_choice("fit", self.fit, get_args(Fit))
        check_choice("precision", self.precision, get_args(Precision))
        if self.layer == 0:
            raise PlanError("`layer` counts blocks from 1, or from the end with -1 for the last; got 0")
        sides = (self.resolution,) if isinstance(self.resolution, int) else self.resolution or ()
        if self.resolution is not None and (len(sides) not in (1, 2) or min(sides) < 1):
            raise PlanError(
                f"`resolution` takes a side, or height and width, in pixels above 0; got {self.resolution}"
            )
