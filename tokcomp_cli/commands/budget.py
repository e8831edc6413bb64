"""`tokcomp budget`: how many tokens are enough, for one file or for a folder."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.for_model import ForModel, ModelsFile, before_after_of, wanted_model
from tokcomp_cli.cli.pages import Force, Html, Plot, check_page
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.request import about_config, exit_code, paths_of, results_of, run_all
from tokcomp_cli.commands.predictors import calibrate_on_folder
from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import Analysis, Failure
    from tokcomp_cli.core.results.folder import FolderBudget
    from tokcomp_cli.folder.run_files import FileResult
    from tokcomp_cli.plan.plan import Plan

Total = Annotated[
    int | None,
    typer.Option(
        "--total",
        metavar="N",
        help="Spread this many tokens over all files.",
        envvar="TOKCOMP_TOTAL",
        show_envvar=False,
        show_default=False,
    ),
]


def budget_command(
    context: typer.Context,
    paths: o.Paths = None,
    recursive: o.Recursive = False,
    match: o.Match = None,
    total: Total = None,
    calibrate: o.Calibrate = None,
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
    """Find the fewest tokens that keep --target.

    For a picture, a video or a folder, with the curve behind it.

    \b
    tokcomp budget photo.jpg --query "how many cups are not on the table?"
    tokcomp budget page.png --target 0.95 --detail --json
    tokcomp budget clip.mp4 --serving vllm
    tokcomp budget photos/ -r --total 2000
    tokcomp budget photos/ -r --html photos.html
    tokcomp budget --calibrate my_pictures --write-config
    """
    if calibrate is not None and not context.params["print_config"]:
        calibrate_on_folder(context, calibrate)
        return
    if about_config(context):
        return
    paths_given = paths_of(context)
    maps = check_page(context, paths_given) or maps
    plan = plan_of(context, resolution_check=True, search_chains=True, maps=maps)
    model = wanted_model(context)
    if total is not None and len(paths_given) == 1:
        raise PlanError("--total spreads tokens over several files, and one is there; use --budget N")
    if total is not None and total < 1:
        raise PlanError(f"--total takes a whole number of tokens, at least 1; got {total}")
    if len(paths_given) > 1:
        plan = _for_several(plan, as_json=context.params["as_json"])
    answers = run_all(context, plan, paths_given)
    results = results_of(answers)
    if len(paths_given) == 1:
        from tokcomp_cli.cli.present import present
        from tokcomp_cli.render.console.budget import budget_page
        from tokcomp_cli.render.console.first.screen import first_screen
        from tokcomp_cli.report.terminal_map import with_keep_map

        first = partial(first_screen, command="budget")
        page = with_keep_map(budget_page) if full else first
        present(results, context, schema="tokcomp.budget", page=page, model=model)
    else:
        _present_several(
            context, results, _together(answers, context.params["target"], total, seed=plan.seed)
        )
    raise typer.Exit(exit_code(context, results))


def _for_several(plan: "Plan", *, as_json: bool) -> "Plan":
    """Return the plan for each of several files: their pictures are looked at closely with `--ocr` only.

    Raises:
        PlanError: It asks for what several files together cannot answer.
    """
    if plan.preset == "fastvlm":
        raise PlanError("--preset fastvlm leaves no budget to choose for several files; use tokcomp analyze")
    if plan.tiers_in_ledger:
        raise PlanError("tiers take tokens after the budget: files have none together; use tokcomp analyze")
    if plan.budget.budget.kind != "auto" and not as_json:
        raise PlanError("--budget is for one file; several files need --target or share --total")
    if not as_json and (plan.detail or plan.serving is not None or plan.budget.weakest is not None):
        raise PlanError(
            "--detail, --serving and --weakest measure each file by itself; name one file, or add --json"
        )
    return plan.but(resolution_check=plan.ocr, search_chains=False)


def _together(
    results: "Sequence[FileResult | Failure]", target: float, total: int | None, *, seed: int
) -> "FolderBudget | None":
    """Return which budget the files that could be read need together; None where none could."""
    from tokcomp_cli.folder.budget import folder_budget
    from tokcomp_cli.folder.run_files import FileResult

    curves = [one.curve for one in results if isinstance(one, FileResult) and one.curve is not None]
    return folder_budget(curves, target=target, total=total, seed=seed) if curves else None


def _present_several(
    context: typer.Context, results: "Sequence[Analysis | Failure]", found: "FolderBudget | None"
) -> None:
    """Print what the files need together: failures to stderr, a page or one document to stdout."""
    from tokcomp_cli.cli.present import print_failures, print_together, with_before_after, write_results
    from tokcomp_cli.render.console.folder import folder_page
    from tokcomp_cli.render.console.terminal import make_console, print_page
    from tokcomp_cli.render.schema.analysis import documents
    from tokcomp_cli.render.schema.document import dumps
    from tokcomp_cli.render.schema.folder import folder_document

    print_failures(results)
    model, summary = wanted_model(context), folder_document(found) if found else None
    sent = [before_after_of(one, model) for one in results]
    if context.params["as_json"]:
        made = documents(results, schema="tokcomp.budget", maps=context.params["maps"])
        typer.echo(dumps(with_before_after(made, sent) | {"summary": summary}))
    elif found is not None:
        print_page(folder_page(found), make_console())
        print_together(sent)
    write_results(results, context, schema="tokcomp.budget", summary=summary)
