"""`tokcomp analyze`: the main job."""

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.for_model import ForModel, ModelsFile, wanted_model
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.request import about_config, exit_code, paths_of, results_of, run_all


def analyze(
    context: typer.Context,
    paths: o.Paths = None,
    fail_under: o.FailUnder = None,
    maps: o.Maps = False,
    save: o.Save = None,
    for_model: ForModel = None,
    models_file: ModelsFile = None,
    **given: object,
) -> None:
    """Show what visual tokens shrink to and what is lost.

    \b
    tokcomp analyze clip.mp4
    tokcomp analyze photo.jpg --budget 64 --json
    tokcomp analyze clip.mp4 --fps native --spatial pool --save tokens.safetensors
    """
    if about_config(context):
        return
    paths_given, plan, model = paths_of(context), plan_of(context), wanted_model(context)
    results = results_of(run_all(context, plan, paths_given))
    from tokcomp_cli.cli.present import present
    from tokcomp_cli.render.console.analysis import analysis_page

    present(
        results,
        as_json=context.params["as_json"],
        schema="tokcomp.analysis",
        page=analysis_page,
        maps=maps,
        model=model,
    )
    raise typer.Exit(exit_code(context, results))
