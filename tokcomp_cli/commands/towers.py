"""From a command's options to an encoder."""

from typing import TYPE_CHECKING, Any

import typer

from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.encoders.base import Encoder, EncoderChoice


def encoder_of(context: typer.Context, name: str) -> "Encoder":
    """Return the encoder that a command's options ask for.

    Raises:
        PlanError: There is none of that name, or it cannot be run so.
        EncoderError: Its weights are missing, altered or unfit.
    """
    from tokcomp_cli.encoders import open_encoder

    return open_encoder(tower_of(context, name))


def tower_of(context: typer.Context, name: str) -> "EncoderChoice":
    """Return the encoder that a command's options ask for, and how it runs; it is not loaded.

    What `auto` stands for is told in one line on stderr where that is not the CLIP it prefers.

    Raises:
        PlanError: It cannot be run so.
    """
    from tokcomp_cli.encoders import AUTO
    from tokcomp_cli.encoders.base import EncoderChoice
    from tokcomp_cli.encoders.registry.auto import choose_auto

    given: dict[str, Any] = {"layer": None, "resolution": None, "fit": "squash", **context.params}
    if name == AUTO:
        name, note = choose_auto()
        if note and not given.get("quiet"):
            typer.echo(note, err=True)
    return EncoderChoice(
        name=name,
        layer=given["layer"],
        resolution=_pixels(given["resolution"]),
        fit=given["fit"],
        device=given["device"],
        precision=given["precision"],
        offline=given["offline"],
    )


def _pixels(text: str | None) -> int | tuple[int, int] | None:
    """Return the side, or height and width, that `336` or `224x448` stands for."""
    if text is None:
        return None
    sides = text.lower().replace("×", "x").split("x")
    if len(sides) > 2 or not all(side.isdecimal() and int(side) > 0 for side in sides):
        raise PlanError(
            f"--resolution takes a side or height x width in pixels, as 336 or 224x448; got {text!r}"
        )
    return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))
