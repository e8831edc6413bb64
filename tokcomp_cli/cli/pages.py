"""Pages to files: the options, checks before any work, and writing."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError

SUFFIXES = (".html", ".htm")

Html = Annotated[
    str | None,
    typer.Option("--html", metavar="PAGE", help="Write one HTML page, too.", show_default=False),
]
Plot = Annotated[
    str | None,
    typer.Option(
        "--plot", metavar="FILE", help="Write a figure, too: .png, .svg or .pdf [plot].", show_default=False
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing output.")]


def check_output(
    target: str, inputs: Sequence[str], *, option: str, suffixes: Sequence[str], force: bool
) -> None:
    """Raise PlanError, before any work, for an output that cannot be written or would be lost.

    Args:
        target: File to write.
        inputs: Files that are read.
        option: That names the output.
        suffixes: That its name may end in.
        force: Whether an existing file may be replaced.
    """
    shown, place = printable(target), Path(target)
    if place.suffix.lower() not in suffixes:
        raise PlanError(f"{option} takes a name that ends in {', '.join(suffixes)}; got '{shown}'")
    if not place.parent.is_dir():
        folder = printable(str(place.parent))
        raise PlanError(f"cannot write '{shown}': there is no folder '{folder}'")
    if not os.access(place.parent, os.W_OK):
        raise PlanError(f"cannot write '{shown}': you may not write in its folder; name another one")
    if not place.exists():
        return
    if any(Path(path).exists() and place.samefile(path) for path in inputs):
        raise PlanError(f"{option} '{shown}' is one of the inputs and would be lost; name another file")
    if not force:
        raise PlanError(f"'{shown}' is there already; name another file, or add --force to replace it")


def check_page(context: typer.Context, inputs: Sequence[str]) -> bool:
    """Return whether a command is to write a page or a plot; their names are checked.

    Raises:
        PlanError: One cannot be written.
    """
    given = context.params
    page, plot, force = given["html"], given.get("plot"), given["force"]
    if page is not None:
        check_output(page, inputs, option="--html", suffixes=SUFFIXES, force=force)
    if plot is not None:
        from tokcomp_cli.render.plot.figure import SUFFIXES as FIGURES
        from tokcomp_cli.render.plot.figure import need_matplotlib

        check_output(plot, inputs, option="--plot", suffixes=FIGURES, force=force)
        if len(inputs) > 1:
            raise PlanError(f"--plot draws one file; got {len(inputs)}: use --html for several")
        need_matplotlib()
    return page is not None or plot is not None


def write_page(target: str, document: Mapping[str, Any], *, quiet: bool) -> None:
    """Write the page of a document that a command made.

    Raises:
        PlanError: It cannot be written.
    """
    import json

    from tokcomp_cli.render.schema.document import dumps
    from tokcomp_cli.report.documents import documents_of
    from tokcomp_cli.report.make_page import page_of

    plain = json.loads(dumps(document, indent=None))
    write_text(target, page_of(documents_of(plain, target)), quiet=quiet)


def write_text(target: str, page: str, *, quiet: bool) -> None:
    """Write a page whole or not at all, and say so on stderr.

    Raises:
        PlanError: It cannot be written.
    """
    from tokcomp_cli.core.files import write_whole

    write_whole(Path(target), page.encode("utf-8"))
    if not quiet:
        typer.echo(f"wrote {printable(target)}", err=True)
