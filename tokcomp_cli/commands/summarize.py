"""`tokcomp summarize`: what the output of a batch comes to."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import ExitCode, PlanError

Outputs = Annotated[
    list[str], typer.Argument(help="Outputs of tokcomp batch, .jsonl.", show_default=False, metavar="FILE")
]


def summarize(outputs: Outputs, as_json: o.AsJson = False, debug: o.Debug = False) -> None:
    """Sum up the records of a batch.

    Spread, difficulty, budgets, folders, and files to look at.

    \b
    tokcomp summarize out.jsonl
    tokcomp summarize monday.jsonl tuesday.jsonl --json
    """
    from tokcomp_cli.batching.jsonl_writer import read_records
    from tokcomp_cli.batching.summary import RunningSummary

    summary, seen, repeated = RunningSummary(), set[object](), 0
    for output in outputs:
        try:
            with Path(output).open("rb") as lines:
                for record in read_records(lines, printable(output), partial(_tell_torn, output)):
                    if record["path"] in seen:
                        repeated += 1
                    else:
                        summary.add(record)
                    seen.add(record["path"])
        except OSError as error:
            raise PlanError(f"cannot read '{printable(output)}' ({error.strerror})") from error
    if repeated:
        typer.echo(f"{repeated:,} more records are of files that were counted already: left out", err=True)
    if not summary.ok + summary.failed:
        raise PlanError("no record is there to sum up; name the .jsonl that tokcomp batch wrote")
    from tokcomp_cli.render.console.batch import summary_page
    from tokcomp_cli.render.console.terminal import make_console, print_page
    from tokcomp_cli.render.schema.batch import summary_document
    from tokcomp_cli.render.schema.document import dumps

    found = summary.result()
    if as_json:
        typer.echo(dumps(summary_document(found, {})))
    else:
        print_page(summary_page(found), make_console())
    raise typer.Exit(ExitCode.OK)


def _tell_torn(output: str) -> None:
    shown = printable(output)
    typer.echo(
        f"the last line of '{shown}' is torn and left out; batch --resume does its file again", err=True
    )
