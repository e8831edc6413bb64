"""`tokcomp report`: one page to send, from results that are there."""

from typing import Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.pages import SUFFIXES, Force, check_output, write_text
from tokcomp_cli.errors import ExitCode

Results = Annotated[
    list[str],
    typer.Argument(help="What --json printed, or batch wrote (.jsonl).", show_default=False, metavar="FILE"),
]
Page = Annotated[
    str, typer.Option("--output", "-o", metavar="PAGE.html", help="Where to.", show_default=False)
]


def report(
    results: Results, output: Page, force: Force = False, quiet: o.Quiet = False, debug: o.Debug = False
) -> None:
    """Make one HTML page of results.

    It needs no network, and shows pictures where the files are still there.

    \b
    tokcomp analyze clip.mp4 --json --maps > clip.json; tokcomp report clip.json -o clip.html
    tokcomp report out.jsonl -o folder.html
    """
    check_output(output, results, option="-o", suffixes=SUFFIXES, force=force)
    from tokcomp_cli.report.documents import read_documents
    from tokcomp_cli.report.make_page import page_of

    write_text(output, page_of(read_documents(results)), quiet=quiet)
    raise typer.Exit(ExitCode.OK)
