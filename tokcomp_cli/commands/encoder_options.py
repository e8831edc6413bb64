"""From a plan's choice to an encoder."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from tokcomp_cli.encoders.base import Encoder
    from tokcomp_cli.plan.encoder import EncoderChoice


def load_chosen(choice: "EncoderChoice", *, quiet: bool) -> "Encoder":
    """Return the encoder that is asked for, loaded.

    Raises:
        PlanError: There is none of that name, or it cannot be run so.
        EncoderError: Its weights are missing, altered or unfit.
    """
    return found(choice, quiet=quiet).load()


def found(choice: "EncoderChoice", *, quiet: bool) -> "EncoderChoice":
    """Return the choice with what `auto` stands for; told in one line on stderr where that is not CLIP."""
    from dataclasses import replace

    from tokcomp_cli.encoders.auto import AUTO, choose_auto

    if choice.name != AUTO:
        return choice
    name, note = choose_auto()
    if note and not quiet:
        typer.echo(note, err=True)
    return replace(choice, name=name)
