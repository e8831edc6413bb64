"""`tokcomp train`: what learns to compress, trained on this machine."""

import math
from pathlib import Path
from typing import Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.commands.evidence.tocom import train_tocom_command
from tokcomp_cli.commands.evidence.train_pvc import pvc_command
from tokcomp_cli.commands.evidence.training_options import (
    Data,
    EncoderName,
    Epochs,
    Minutes,
    Seed,
    check_file,
    check_training,
    loaded,
    say_stopped,
)
from tokcomp_cli.errors import PlanError, check_choice

train = typer.Typer(
    help="Train what learns to compress, on this machine.", no_args_is_help=True, rich_markup_mode=None
)
LOSSES = ("answers", "reconstruction")


@train.callback()
def options() -> None:
    """Train what learns to compress, on this machine."""


@train.command("compressor")
def compressor_command(
    file: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Gets the compressor.", show_default=False)
    ],
    loss: Annotated[
        str, typer.Option("--loss", metavar="|".join(LOSSES), help="Trained on answers, or without labels.")
    ] = "answers",
    answerers: Annotated[
        list[str] | None,
        typer.Option(
            "--answerer",
            metavar="FILE",
            help="A frozen answerer; without one, one is trained.",
            show_default=False,
        ),
    ] = None,
    scenes: Annotated[int, typer.Option("--scenes", help="Training pictures.")] = 5_000,
    epochs: Epochs = 10,
    seed: Seed = 0,
    minutes: Minutes = math.inf,
    encoder: EncoderName = "embedded",
    data: Data = "/",
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Train a compressor for --spatial learned:FILE.

    What is interrupted goes on where it stood, to the same result.

    \b
    tokcomp train compressor -o learned/compressor.safetensors --data packages
    """
    check_choice("loss", loss, LOSSES)
    check_training(epochs, minutes)
    check_file(file)
    if answerers and loss != "answers":
        raise PlanError("--answerer goes with --loss answers; leave it out to train without labels")
    from tokcomp_cli.cli.progress import watched

    with watched(f"compressor, {loss}", "pictures", "epochs", "pictures", quiet=quiet) as tick:
        tower = loaded(encoder, quiet=quiet)
        from tokcomp_cli.evidence.prepared import Wanted
        from tokcomp_cli.learned.train_compressor import Settings, train_compressor

        card = train_compressor(
            Wanted("scenes", "train", scenes, data),
            tower,
            Path(file),
            Settings(loss, tuple(Path(one) for one in answerers or ()), epochs, seed, minutes),
            tick,
        )
    if card is None:
        say_stopped(minutes)
        return
    typer.echo(file)
    for name, value in card.figures.items():
        typer.echo(f"{name}: {value:.3f}", err=True)


train.command("tocom")(train_tocom_command)
train.command("pvc")(pvc_command)
