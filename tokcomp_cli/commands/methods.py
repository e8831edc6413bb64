"""`tokcomp methods`: the table of methods, and each of them in full."""

from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli import options as o

if TYPE_CHECKING:
    from tokcomp_cli.compress.base import Method

methods = typer.Typer(
    help="List the compression methods, or show one.", invoke_without_command=True, rich_markup_mode=None
)


@methods.callback()
def list_methods(
    context: typer.Context,
    stage: Annotated[
        str | None,
        typer.Option("--stage", metavar="spatial|temporal", help="Only this stage.", show_default=False),
    ] = None,
    as_json: o.AsJson = False,
    debug: o.Debug = False,
) -> None:
    """List the compression methods, or show one.

    What each does, where it comes from, what it needs.
    """
    if context.invoked_subcommand is not None:
        return
    from tokcomp_cli.compress import METHODS
    from tokcomp_cli.errors import PlanError, near
    from tokcomp_cli.render.schema.document import dumps, meta

    stages = ("spatial", "temporal")
    if stage is not None and stage not in stages:
        raise PlanError(f"--stage takes {', '.join(stages)}; got {stage!r}{near(stage, stages)}")
    rows = [
        {
            "stage": method.stage,
            "name": method.name,
            "rule": method.rule,
            "paper": method.paper,
            "needs": sorted(method.needs),
        }
        for method in METHODS
        if stage in {None, method.stage}
    ]
    if as_json:
        typer.echo(dumps({"meta": meta("tokcomp.methods"), "methods": rows}))
        return
    from tokcomp_cli.render.console.terminal import print_table

    print_table(("stage", "method", "rule", "source", "needs"), [list(row.values()) for row in rows])


@methods.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A method, method:variant, or a file as ./mine.py.")],
    as_json: o.AsJson = False,
    debug: o.Debug = False,
) -> None:
    """Show a method in full, with its deviations."""
    from tokcomp_cli.comparison.select import named
    from tokcomp_cli.render.schema.document import dumps, meta

    found = [_record(method) for method in named(name)]
    if as_json:
        typer.echo(dumps({"meta": meta("tokcomp.methods"), "methods": found}))
        return
    from tokcomp_cli.render.console.terminal import print_table

    for number, record in enumerate(found):
        if number:
            typer.echo()
        rows = [
            (key if at == 0 else "", text)
            for key, value in record.items()
            for at, text in enumerate(value if isinstance(value, list) and value else [value or None])
        ]
        print_table(("", ""), rows)


def _record(method: "Method") -> dict[str, object]:
    if method.weighted:
        keeps = "weighted sums of inputs"
    else:
        keeps = "means of what they own" if method.merges else "inputs as they are"
    weights = method.weights
    trained = f"trained on tokens of {weights.encoder}, sha256 {weights.sha256}" if weights else None
    return {
        "name": method.name,
        "stage": method.stage,
        "rule": method.rule,
        "paper": method.paper,
        "needs": sorted(method.needs),
        **({"weights": trained} if trained else {}),
        "kept tokens": keeps,
        "count": "exact" if method.any_count else "the nearest grid below",
        "defaults": list(method.defaults),
        "deviations": list(method.deviations),
        "variants": [f"{method.name}:{one.name}: {one.rule}" for one in method.variants],
    }
