"""`tokcomp overlay`: the keep-map on the picture itself, or on the whole video."""

from pathlib import Path
from typing import Annotated

import typer

from tokcomp_cli.cli.pages import Force, check_output
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.progress import watched
from tokcomp_cli.cli.request import about_config, exit_code, paths_of, results_of, run_all
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError

Inputs = Annotated[
    list[str] | None, typer.Argument(help="One picture or video.", show_default=False, metavar="PATH")
]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where to: .png, .jpg, or .mp4.", show_default=False),
]


def overlay_command(
    context: typer.Context,
    paths: Inputs = None,
    output: Output = None,
    force: Force = False,
    **given: object,
) -> None:
    """Draw a keep-map over a picture or a video.

    White lines part tokens; dark patches are pruned. A picture of a video shows its weakest moment.

    \b
    tokcomp overlay photo.jpg --budget 32 -o photo_tokens.png
    tokcomp overlay clip.mp4 -o clip_tokens.mp4
    """
    if about_config(context):
        return
    paths_given = paths_of(context)
    if len(paths_given) != 1:
        raise PlanError(f"an overlay is made of one file; got {len(paths_given)}")
    if output is None:
        raise PlanError("name an output with -o, as: tokcomp overlay photo.jpg -o photo_tokens.png")
    from tokcomp_cli.report.overlay import SUFFIXES, check_suffix, overlay

    check_output(output, paths_given, option="-o", suffixes=SUFFIXES, force=force)
    results = results_of(run_all(context, plan_of(context, maps=True), paths_given))
    from tokcomp_cli.cli.present import print_failures
    from tokcomp_cli.core.results.analysis import Analysis

    print_failures(results)
    quiet: bool = context.params["quiet"]
    for found in results:
        if isinstance(found, Analysis):
            check_suffix(output, found.media.kind)
            with watched(Path(output).name, "frames", quiet=quiet) as tick:
                overlay(found, Path(output), tick)
            if not quiet:
                typer.echo(f"wrote {printable(output)}: {printable(found.verdict)}", err=True)
    raise typer.Exit(exit_code(context, results))
