"""Options that several commands of `tokcomp bench` have."""

from typing import Annotated

import typer

from tokcomp_cli.errors import PlanError

Rounds = Annotated[int, typer.Option("--rounds", help="Rounds, interleaved; figures are medians over them.")]
Threads = Annotated[int, typer.Option("--threads", help="Threads; where other work runs, 1 is steadier.")]


def check_counts(**counts: int | None) -> None:
    """Check options that count something; None is not given.

    Raises:
        PlanError: One is below 1.
    """
    for name, value in counts.items():
        if value is not None and value < 1:
            raise PlanError(f"--{name} takes a whole number, at least 1; got {value}")
