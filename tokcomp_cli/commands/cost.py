"""`tokcomp cost`: what a file costs in named models, as it is."""

from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.for_model import ModelsFile, names
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.request import about_config, paths_of
from tokcomp_cli.errors import ExitCode, PlanError, TokcompError

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import Failure
    from tokcomp_cli.core.results.cost import FileCost
    from tokcomp_cli.core.results.sending import FileTiers
    from tokcomp_cli.cost.table import Chosen


Model = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="NAME[:TIER]",
        help="Only this model; repeatable.",
        show_default=False,
        autocompletion=names,
    ),
]
ListModels = Annotated[bool, typer.Option("--list", help="List the models with formula, source and date.")]
Tiers = Annotated[bool, typer.Option("--tiers", help="Which setting keeps --target.")]


def cost(
    context: typer.Context,
    paths: o.Paths = None,
    model: Model = None,
    list_models: ListModels = False,
    models_file: ModelsFile = None,
    tiers: Tiers = False,
    recursive: o.Recursive = False,
    match: o.Match = None,
    **given: object,
) -> None:
    """Show what a file costs in named models, as it is.

    An estimate by the published formula of each model, with its source and date.

    \b
    tokcomp cost photo.jpg
    tokcomp cost clip.mp4 --model qwen3-vl --model gemini
    tokcomp cost photos/ -r --model gpt-4o:low --json
    tokcomp cost page.png --tiers --model gpt-4o
    tokcomp cost --list
    """
    if about_config(context):
        return
    from tokcomp_cli.cost.table import choose, load_models

    chosen = choose(load_models(models_file), model or [])
    if list_models:
        if paths:
            raise PlanError("--list takes no file; leave out one of them")
        _show_models(chosen, as_json=context.params["as_json"])
        return
    paths, as_json = paths_of(context), context.params["as_json"]
    if tiers:
        measured = _tiers(context, paths, chosen)
        _show_tiers(measured, as_json=as_json)
        _leave(sum(hasattr(one, "type") for one in measured), len(paths))
        return
    results = _costs(context, paths, chosen)
    _show(results, as_json=as_json, detailed=bool(model))
    _leave(sum(hasattr(one, "type") for one in results), len(paths))


def _leave(failed: int, inputs: int) -> None:
    if failed:
        raise typer.Exit(ExitCode.FAILED if failed == inputs else ExitCode.SOME_FAILED)


def _tiers(context: typer.Context, paths: list[str], chosen: "list[Chosen]") -> "list[FileTiers | Failure]":
    from tokcomp_cli.cli.encoder_options import found
    from tokcomp_cli.cli.loading import loading
    from tokcomp_cli.cli.progress import watched

    plan, quiet = plan_of(context), context.params["quiet"]
    choice = found(plan.encoder, quiet=quiet)
    with watched("tiers", "files", quiet=quiet) as tick:
        with loading(choice) as encoder:
            from tokcomp_cli.cli.present import failure_of
            from tokcomp_cli.export.measure_tiers import tiers_of
        results: list[FileTiers | Failure] = []
        for path in paths:
            try:
                results.append(tiers_of(path, chosen, plan, encoder.result()))
            except TokcompError as error:
                if isinstance(error, PlanError) and len(paths) == 1:
                    raise
                results.append(failure_of(path, error))
            tick(len(results), len(paths))
    return results


def _show_tiers(results: "list[FileTiers | Failure]", *, as_json: bool) -> None:
    from tokcomp_cli.cli.present import print_failures
    from tokcomp_cli.core.results.sending import FileTiers

    print_failures(results)
    if as_json:
        from tokcomp_cli.render.schema.cost import tiers_document
        from tokcomp_cli.render.schema.document import dumps

        typer.echo(dumps(tiers_document(results)))
        return
    from tokcomp_cli.render.console.terminal import print_page
    from tokcomp_cli.render.tiers_page import tiers_page

    for number, one in enumerate(one for one in results if isinstance(one, FileTiers)):
        if number:
            typer.echo()
        print_page(tiers_page(one))


def _costs(context: typer.Context, paths: list[str], chosen: "list[Chosen]") -> "list[FileCost | Failure]":
    from tokcomp_cli.cli.present import failure_of
    from tokcomp_cli.pipeline.cost_file import cost_of

    plan = plan_of(context)
    results: list[FileCost | Failure] = []
    for path in paths:
        try:
            results.append(cost_of(path, chosen, plan))
        except TokcompError as error:
            if isinstance(error, PlanError) and len(paths) == 1:
                raise
            results.append(failure_of(path, error))
    return results


def _show(results: "list[FileCost | Failure]", *, as_json: bool, detailed: bool) -> None:
    from tokcomp_cli.cli.present import print_failures
    from tokcomp_cli.core.results.cost import FileCost

    print_failures(results)
    if as_json:
        from tokcomp_cli.render.schema.cost import cost_document
        from tokcomp_cli.render.schema.document import dumps

        typer.echo(dumps(cost_document(results)))
        return
    from tokcomp_cli.render.console.terminal import print_page
    from tokcomp_cli.render.cost_page import cost_page, total_page

    done = [one for one in results if isinstance(one, FileCost)]
    for number, one in enumerate(done):
        if number:
            typer.echo()
        print_page(cost_page(one, detailed=detailed))
    if len(done) > 1:
        typer.echo()
        print_page(total_page(done))


def _show_models(chosen: "list[Chosen]", *, as_json: bool) -> None:
    rows = [
        {
            "model": model.name,
            "tiers": [tier.name for tier in model.tiers if tier.name is not None],
            "video": model.takes_video,
            "formula": model.formula,
            "source": model.source,
            "date": model.date,
            "price_per_million": model.price_per_million,
        }
        for model, _ in chosen
    ]
    if as_json:
        from tokcomp_cli.render.schema.document import dumps, meta

        typer.echo(dumps({"meta": meta("tokcomp.cost_models"), "models": rows}))
        return
    from tokcomp_cli.render.console.terminal import print_table

    for number, row in enumerate(rows):
        if number:
            typer.echo()
        print_table(
            ("", ""),
            [(key, value) for key, value in row.items() if key != "model" and value is not None],
            title=str(row["model"]),
        )
