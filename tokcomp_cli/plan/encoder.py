"""Which encoder, and how it is run."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.checks import check_choice
from tokcomp_cli.plan.setting import setting

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import Scalar
    from tokcomp_cli.encoders.base import Encoder

Resolution = int | tuple[int, int]
FITS, PRECISIONS = ("squash", "crop", "pad"), ("float32", "bfloat16", "auto")


def parse_resolution(text: str) -> Resolution:
    """Return the side, or height and width, that `336` or `224x448` stands for.

    Raises:
        PlanError: It is neither.
    """
    sides = text.lower().replace("×", "x").split("x")
    if len(sides) > 2 or not all(side.isdecimal() and int(side) > 0 for side in sides):
        raise PlanError(f"`resolution` takes a side or height x width, as 336 or 224x448; got {text!r}")
    return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))


def show_resolution(value: Resolution | None) -> "Scalar":
    """Return a resolution as users write it."""
    return f"{value[0]}x{value[1]}" if isinstance(value, tuple) else value if value is None else str(value)


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """Which encoder, and how it is run.

    Attributes:
        name: Of the encoder, or `auto`.
        layer: Block to read tokens from, -1 for the last; None for the encoder's own.
        resolution: Side, or height and width, of the input in pixels; None for the model's own.
        fit: How a picture's aspect ratio is reconciled with the input's.
        device: Where the forward pass runs, as torch names it.
        precision: `float32`, `bfloat16`, or `auto` for bfloat16 where the hardware has it.
        offline: Whether the network is forbidden.
    """

    name: str = setting(
        "embedded",
        "Encoder, see: tokcomp models list.",
        "Encoder",
        key="encoder",
        in_result=False,
    )
    layer: int | None = setting(
        None, "Encoder block to read tokens from.", "Encoder", absent="the penultimate", in_result=False
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
    fit: str = setting(
        "squash",
        "How a picture is brought to the input's shape.",
        "Encoder",
        metavar="squash|crop|pad",
        in_result=False,
    )
    device: str = setting("cpu", "Where the encoder runs, as torch names it.", "Encoder", in_result=False)
    precision: str = setting(
        "float32",
        "Number format of the encoder.",
        "Encoder",
        metavar="float32|bfloat16|auto",
        in_result=False,
    )
    offline: bool = setting(False, "Forbid the network.", "Encoder", in_result=False)

    def __post_init__(self) -> None:
        """Check how the encoder is to be run.

        Raises:
            PlanError: There is no such way to fit a picture, or no such number format.
        """
        check_choice("fit", self.fit, FITS)
        check_choice("precision", self.precision, PRECISIONS)

    def load(self) -> "Encoder":
        """Return the encoder, loaded.

        Raises:
            PlanError: There is none of that name, or it cannot be run so.
            EncoderError: Its weights are missing, altered or unfit.
        """
        from tokcomp_cli.encoders import load_encoder

        how = {one.name: getattr(self, one.name) for one in fields(self)}
        return load_encoder(how.pop("name"), **how)
