"""`tokcomp train tocom` and `eval tocom`: adapters that make up for another merge ratio."""

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
    say_stopped,
    whole_numbers,
)
from tokcomp_cli.errors import PlanError, check_choice

if TYPE_CHECKING:
    from tokcomp_cli.learned.tocom.judged import Row


def train_tocom_command(
    file: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Gets the adapters.", show_default=False)
    ],
    scenes: Annotated[int, typer.Option("--scenes", help="Training pictures.")] = 1_000,
    epochs: Epochs = 2,
    seed: Seed = 0,
    seeds: Annotated[int, typer.Option("--seeds", help="Trainings that the intervals are over.")] = 3,
    minutes: Minutes = math.inf,
    data: Data = "/",
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Train adapters for merging inside the encoder.

    They are judged by answers and tokens with and without them. What is interrupted goes on where it stood,
    to the same result.

    \b
    tokcomp train tocom -o learned/tocom.safetensors --data packages
    """
    check_training(epochs, minutes)
    check_file(file)
    if seeds < 1:
        raise PlanError(f"--seeds takes a whole number, at least 1; got {seeds}")
    from tokcomp_cli.cli.loading import import_torch
    from tokcomp_cli.cli.progress import watched

    phases = ("pictures", "epochs", "pictures", "epochs", "pictures", "sets of pictures")
    with watched("tocom", *phases, quiet=quiet) as tick:
        import_torch()
        from tokcomp_cli.encoders.embedded import EmbeddedEncoder
        from tokcomp_cli.evidence.prepared import Wanted
        from tokcomp_cli.learned.tocom.train_tocom import Settings, train_tocom

        rows = train_tocom(
            Wanted("scenes", "train", scenes, data),
            EmbeddedEncoder(),
            Path(file),
            Settings(epochs, seed, seeds, minutes),
            tick,
        )
    if rows is None:
        say_stopped(minutes)
        return
    typer.echo(file)
    for row in rows:
        typer.echo(_said_of(row), err=True)


def eval_tocom_command(
    files: Annotated[
        list[str], typer.Argument(help="Adapters that `train tocom` wrote, one a seed.", show_default=False)
    ],
    ratios: Annotated[
        str, typer.Option("--ratios", help="Merge ratios, with commas; 0 is the source.")
    ] = "4,8,16",
    scenes: Annotated[int, typer.Option("--scenes", help="Pictures that no training saw.")] = 300,
    split: Annotated[
        str, typer.Option("--split", metavar="held_out|validation", help="Whose grounds.")
    ] = "held_out",
    folder: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Keep the pictures.", show_default=False),
    ] = None,
    data: Data = "/",
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Judge adapters for merging inside the encoder.

    By answers and tokens, with and without them, where the encoder merges and the answerer was trained on
    plain tokens.

    \b
    tokcomp eval tocom learned/tocom.safetensors --data packages
    """
    check_choice("split", split, ("held_out", "validation"))
    counts = whole_numbers("ratios", ratios)
    from tokcomp_cli.cli.loading import import_torch
    from tokcomp_cli.cli.progress import watched

    with watched("tocom", "pictures", "sets of pictures", quiet=quiet) as tick:
        import_torch()
        from tokcomp_cli.encoders.embedded import EmbeddedEncoder
        from tokcomp_cli.evidence.prepared import Wanted
        from tokcomp_cli.learned.tocom.judge_files import judge_files

        rows = judge_files(
            [Path(one) for one in files],
            EmbeddedEncoder(),
            counts,
            Wanted("scenes", split, scenes, data),
            None if folder is None else Path(folder),
            tick,
        )
    for row in rows:
        typer.echo(_said_of(row))


def _said_of(row: "Row") -> str:
    """Return what is said of one source and target."""
    verdict = "fewer are answered with adapters" if row.loses else "no gain in answers beyond the interval"
    found = [
        f"ratio {row.source} to {row.target}, {row.tokens} tokens: "
        + ("more are answered with adapters" if row.wins else verdict),
        f"  right answers at the source: {row.at_source.mean:.3f}",
    ]
    for figure, gain in row.gain.items():
        without, compensated = row.without[figure], row.compensated[figure]
        found.append(
            f"  {figure}: {without.mean:.3f} without, {compensated.mean:.3f} with, "
            f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
        )
    return "\n".join(found)
