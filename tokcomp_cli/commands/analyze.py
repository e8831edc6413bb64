"""`tokcomp analyze`: the main job."""

from functools import partial

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.for_model import ForModel, ModelsFile, wanted_model
from tokcomp_cli.cli.pages import Force, Html, Plot, check_page
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.request import about_config, exit_code, paths_of, results_of, run_all


def analyze(
    context: typer.Context,
    paths: o.Paths = None,
    fail_under: o.FailUnder = None,
    full: o.Full = False,
    maps: o.Maps = False,
    save: o.Save = None,
    html: Html = None,
    plot: Plot = None,
    force: Force = False,
    for_model: ForModel = None,
    models_file: ModelsFile = None,
    **given: object,
) -> None:
    """Show what visual tokens shrink to and what is lost.

    \b
    tokcomp analyze clip.mp4
    tokcomp analyze photo.jpg --budget 64 --json
    tokcomp analyze clip.mp4 --html clip.html
    tokcomp analyze clip.mp4 --fps native --spatial pool --save tokens.safetensors
    """
    if about_config(context):
        return
    paths_given = paths_of(context)
    plan = plan_of(context, maps=check_page(context, paths_given) or maps)
    model = wanted_model(context)
    results = results_of(run_all(context, plan, paths_given))
    from tokcomp_cli.cli.present import present
    from tokcomp_cli.render.console.analysis import analysis_page
    from tokcomp_cli.render.console.first.screen import first_screen
    from tokcomp_cli.report.terminal_map import with_keep_map

    first = partial(first_screen, alone=len(results) == 1)
    page = with_keep_map(analysis_page) if full else first
    present(results, context, schema="tokcomp.analysis", page=page, model=model)
    raise typer.Exit(exit_code(context, results))
