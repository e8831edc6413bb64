"""`tokcomp train pvc`: attention over time in the embedded encoder, 64 tokens a frame."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.commands.evidence.training_options import (
    Data,
    Epochs,
    Minutes,
    Seed,
    check_file,
    check_training,
    loaded,
    say_stopped,
)
from tokcomp_cli.errors import PlanError, check_choice

if TYPE_CHECKING:
    from tokcomp_cli.learned.pvc.checkpoint import Figures

LOSSES = ("both", "reconstruction", "answers")
FEWEST_CLIPS, MOST_TOKENS, MOST_BLOCKS = 100, 196, 11


def pvc_command(
    file: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Gets the checkpoint.", show_default=False)
    ],
    loss: Annotated[
        str,
        typer.Option("--loss", metavar="|".join(LOSSES), help="To rebuild frames, to answer, or both."),
    ] = "both",
    tokens: Annotated[int, typer.Option("--tokens", help="Tokens left of a frame.")] = 64,
    blocks: Annotated[int, typer.Option("--blocks", help="Last blocks that get attention over time.")] = 4,
    clips: Annotated[int, typer.Option("--clips", help="Training clips.")] = 400,
    epochs: Epochs = 5,
    seed: Seed = 0,
    minutes: Minutes = math.inf,
    footage: Annotated[
        list[str] | None,
        typer.Option("--footage", metavar="VIDEO", help="Real video to judge on, too.", show_default=False),
    ] = None,
    data: Data = "/",
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Train PVC in small, judged beside pooling and Ward.

    What is interrupted goes on where it stood, to the same result.

    \b
    tokcomp train pvc -o learned/pvc.safetensors --data packages
    """
    check_choice("loss", loss, LOSSES)
    check_training(epochs, minutes)
    check_file(file)
    if clips < FEWEST_CLIPS:
        raise PlanError(f"--clips takes a whole number, at least {FEWEST_CLIPS}; got {clips}")
    if not 1 <= tokens <= MOST_TOKENS:
        raise PlanError(f"--tokens takes a whole number from 1 to {MOST_TOKENS}; got {tokens}")
    if not 1 <= blocks <= MOST_BLOCKS:
        raise PlanError(f"--blocks takes a whole number from 1 to {MOST_BLOCKS}; got {blocks}")
    from tokcomp_cli.cli.progress import watched

    with watched(f"pvc, {loss}", "clips", "clips", *["epochs"] * 9, quiet=quiet) as tick:
        tower = loaded("embedded", quiet=quiet)
        from tokcomp_cli.evidence.prepared import Wanted
        from tokcomp_cli.learned.pvc.train_pvc import Settings, train_pvc

        card = train_pvc(
            Wanted("clips", "train", clips, data),
            tower,  # type: ignore[arg-type]  # `embedded` is no other
            Path(file),
            Settings(loss, tokens, blocks, epochs, seed, tuple(footage or ()), minutes),
            tick,
        )
    if card is None:
        say_stopped(minutes)
        return
    typer.echo(file)
    _say(card.figures)


def _say(figures: "Figures") -> None:
    for name, told in figures.items():
        for what, (value, low, high) in told.items():
            typer.echo(f"{name}: {what} {value:.4f} [{low:.4f}, {high:.4f}]", err=True)
