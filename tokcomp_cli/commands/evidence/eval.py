"""`tokcomp eval`: does a figure predict whether questions are still answered?"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.commands.evidence.tocom import eval_tocom_command
from tokcomp_cli.commands.evidence.training_options import (
    Data,
    EncoderName,
    Epochs,
    Minutes,
    Seed,
    check_training,
    loaded,
    say_stopped,
    whole_numbers,
)
from tokcomp_cli.errors import check_choice

if TYPE_CHECKING:
    from tokcomp_cli.core.results.evidence import Evidence

evaluation = typer.Typer(
    help="Evidence: do our figures predict answers?", no_args_is_help=True, rich_markup_mode=None
)
SHIPPED = ("scenes", "crowded", "clips")
TASKS, REGIMES = ("scenes", "crowded", "clips", "easy-vqa"), ("all", "mixed")

Task = Annotated[str, typer.Option("--task", metavar="|".join(TASKS), help="Pictures and questions.")]


@evaluation.callback()
def options() -> None:
    """Evidence: do our figures predict answers?"""


@evaluation.command("train")
def train_command(
    folder: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Gets scenes and answerers.", show_default=False
        ),
    ],
    task: Task = "scenes",
    regime: Annotated[
        str,
        typer.Option(
            "--regime",
            metavar="|".join(REGIMES),
            help="At all tokens only, or at random budgets too.",
        ),
    ] = "mixed",
    scenes: Annotated[
        int | None,
        typer.Option(
            "--scenes", help="Training pictures or clips; 12,000, or 2,400 clips.", show_default=False
        ),
    ] = None,
    epochs: Epochs = 12,
    seed: Seed = 0,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="ANSWERER", help="Begin with its weights.", show_default=False),
    ] = None,
    minutes: Minutes = math.inf,
    encoder: EncoderName = "embedded",
    data: Data = "/",
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Train an answerer on an encoder's tokens.

    What is interrupted goes on where it stood, to the same result.

    \b
    tokcomp eval train -o evidence --data packages
    """
    check_choice("task", task, TASKS)
    check_choice("regime", regime, REGIMES)
    check_training(epochs, minutes)
    from tokcomp_cli.cli.progress import watched

    phases = ("pictures", *(("pictures",) if regime == "mixed" else ()), "epochs")
    with watched(f"{task}, {regime}", *phases, quiet=quiet) as tick:
        tower = loaded(encoder, quiet=quiet)
        from tokcomp_cli.evidence.keeping import USUAL
        from tokcomp_cli.evidence.prepare_and_train import prepare_and_train
        from tokcomp_cli.evidence.prepared import Wanted

        found = prepare_and_train(
            Wanted(task, "train", USUAL[task].training if scenes is None else scenes, data),
            tower,
            Path(folder),
            regime=regime,  # type: ignore[arg-type]  # checked above
            epochs=epochs,
            seed=seed,
            start=None if start is None else Path(start),
            minutes=minutes,
            progress=tick,
        )
    if found is None:
        say_stopped(minutes)
        return
    typer.echo(found)


@evaluation.command("task")
def task_command(
    answerers: Annotated[
        list[str], typer.Argument(help="Answerers that `eval train` wrote.", show_default=False)
    ],
    methods: Annotated[
        str | None,
        typer.Option(
            "--methods",
            help="With commas; else all of the task.",
            show_default=False,
        ),
    ] = None,
    budgets: Annotated[
        str | None,
        typer.Option(
            "--budgets",
            help="Tokens kept, with commas: 16,25,49; clips 49,98,196.",
            show_default=False,
        ),
    ] = None,
    scenes: Annotated[
        int | None,
        typer.Option("--scenes", help="Held-out pictures or clips; 800, or 300 clips.", show_default=False),
    ] = None,
    split: Annotated[
        str, typer.Option("--split", metavar="held_out|validation", help="Whose grounds.")
    ] = "held_out",
    folder: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Keep encoded pictures.", show_default=False),
    ] = None,
    encoder: EncoderName = "embedded",
    data: Data = "/",
    as_json: o.AsJson = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Ask answerers before and after compression.

    The pictures are ones that they never saw.

    \b
    tokcomp eval task evidence/scenes-*/answerer.safetensors -o evidence --data packages
    """
    check_choice("split", split, ("held_out", "validation"))
    counts = None if budgets is None else whole_numbers("budgets", budgets)
    names = None if methods is None else [name.strip() for name in methods.split(",")]
    from tokcomp_cli.cli.progress import watched

    with watched("evidence", "pictures", "trials", quiet=quiet) as tick:
        tower = loaded(encoder, quiet=quiet)
        from tokcomp_cli.evidence.judge import judge

        found = judge(
            [Path(one) for one in answerers],
            tower,
            names,
            counts,
            scenes=scenes,
            split=split,
            folder=None if folder is None else Path(folder),
            data=data,
            progress=tick,
        )
    _present(found, as_json=as_json)


@evaluation.command("card")
def card_command(
    task: Annotated[
        str, typer.Option("--task", metavar="|".join(SHIPPED), help="Pictures or clips.")
    ] = "scenes",
    as_json: o.AsJson = False,
    debug: o.Debug = False,
) -> None:
    """Print the evidence that our figures rest on."""
    check_choice("task", task, SHIPPED)
    from tokcomp_cli.evidence.card import shipped_evidence

    _present(shipped_evidence(task), as_json=as_json)


@evaluation.command("quick")
def quick_command(
    data: Data = "/", as_json: o.AsJson = False, quiet: o.Quiet = False, debug: o.Debug = False
) -> None:
    """Rerun the check with the shipped answerer.

    Few pictures; it answers from tokens of `embedded`; for another encoder train one with eval train.
    """
    from tokcomp_cli.evidence.card import QUICK_METHODS, QUICK_SCENES, shipped_answerer

    task_command(
        [str(shipped_answerer())],
        methods=",".join(QUICK_METHODS),
        scenes=QUICK_SCENES,
        data=data,
        as_json=as_json,
        quiet=quiet,
    )


def _present(found: "Evidence", *, as_json: bool) -> None:
    if as_json:
        from tokcomp_cli.render.schema.document import dumps
        from tokcomp_cli.render.schema.evidence import evidence_document

        typer.echo(dumps(evidence_document(found)))
        return
    from tokcomp_cli.render.console.terminal import print_page
    from tokcomp_cli.render.evidence_page import evidence_page

    print_page(evidence_page(found))


evaluation.command("tocom")(eval_tocom_command)
