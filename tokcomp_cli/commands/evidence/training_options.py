"""Options that trainings and evaluations share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli.encoder_options import load_chosen
from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.encoders.base import Encoder

Epochs = Annotated[int, typer.Option("--epochs", help="Passes over them.")]
Seed = Annotated[int, typer.Option("--seed", help="Of the training.")]
Minutes = Annotated[float, typer.Option("--minutes", help="Stop after so many; run again to go on.")]
EncoderName = Annotated[str, typer.Option("--encoder", help="Encoder whose tokens are judged.")]
Data = Annotated[
    str,
    typer.Option("--data", metavar="FOLDER", help="Where the Debian packages with pictures are unpacked."),
]


def check_training(epochs: int, minutes: float) -> None:
    """Check how long a training is to go on.

    Raises:
        PlanError: The first value that is wrong.
    """
    if epochs < 1:
        raise PlanError(f"--epochs takes a whole number, at least 1; got {epochs}")
    if not minutes >= 0:
        raise PlanError(f"--minutes takes a number, at least 0; got {minutes:g}")


def check_file(file: str) -> None:
    """Raise PlanError unless a file can get a checkpoint."""
    if Path(file).suffix != ".safetensors":
        raise PlanError(f"--output takes a file that ends in .safetensors; got {file!r}")


def whole_numbers(option: str, text: str) -> list[int]:
    """Return the numbers of an option, at least 1 each, given with commas.

    Raises:
        PlanError: It holds something else.
    """
    parts = [one.strip() for one in text.split(",")]
    if not all(one.isdecimal() and int(one) > 0 for one in parts):
        raise PlanError(f"--{option} takes whole numbers with commas, as 16,25,49; got {text!r}")
    return [int(one) for one in parts]


def say_stopped(minutes: float) -> None:
    """Say that time was up."""
    typer.echo(f"stopped after {minutes:g} minutes; the same command goes on", err=True)


def loaded(name: str, *, quiet: bool) -> "Encoder":
    """Return an encoder, loaded."""
    from tokcomp_cli.cli.loading import import_torch

    import_torch()
    from tokcomp_cli.encoders.choice import EncoderChoice

    return load_chosen(EncoderChoice(name=name), quiet=quiet)
