"""`tokcomp budget`: how many tokens are enough."""

import typer

from tokcomp_cli.commands import options as o
from tokcomp_cli.commands.predictors import calibrate_on_folder
from tokcomp_cli.commands.request import about_config, exit_code, paths_of, plan_of, run_all


def budget_command(
    context: typer.Context,
    paths: o.Paths = None,
    target: o.Target = 0.9,
    ocr: o.Ocr = False,
    calibrate: o.Calibrate = None,
    fail_under: o.FailUnder = None,
    maps: o.Maps = False,
    save: o.Save = None,
    **shared: object,
) -> None:
    """Show how hard a picture or a video is, and the fewest tokens that keep --target of its content.

    \b
    tokcomp budget photo.jpg --query "how many cups are not on the table?"
    tokcomp budget page.png --target 0.95 --json
    tokcomp budget --calibrate my_pictures --write-config
    """
    if calibrate is not None and not context.params["print_config"]:
        calibrate_on_folder(context, calibrate)
        return
    if about_config(context):
        return
    paths_given, plan = paths_of(context), plan_of(context)
    results = run_all(context, plan, paths_given)
    from tokcomp_cli.commands.present import present
    from tokcomp_cli.render.console import print_budget

    present(results, as_json=context.params["as_json"], schema="tokcomp.budget", page=print_budget, maps=maps)
    raise typer.Exit(exit_code(context, results))
