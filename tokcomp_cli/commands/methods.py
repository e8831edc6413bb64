"""`tokcomp methods`: the table of methods."""

from typing import Annotated

import typer

from tokcomp_cli.commands import options as o


def methods(
    stage: Annotated[
        str | None,
        typer.Option("--stage", metavar="spatial|temporal", help="Only this stage.", show_default=False),
    ] = None,
    as_json: o.AsJson = False,
    debug: o.Debug = False,
) -> None:
    """List the compression methods: what each does, where it comes from, what it needs."""
    from tokcomp_cli.compress import METHODS
    from tokcomp_cli.errors import PlanError, near
    from tokcomp_cli.render.schema import dumps

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
        typer.echo(dumps({"meta": {"schema": "tokcomp.methods", "schema_version": 1}, "methods": rows}))
        return
    from tokcomp_cli.render.console import print_table

    print_table(("stage", "method", "rule", "source", "needs"), [list(row.values()) for row in rows])
