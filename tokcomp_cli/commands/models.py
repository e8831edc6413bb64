"""`tokcomp models`: encoders and their weights."""

import typer

from tokcomp_cli.commands import options as o

models = typer.Typer(help="List the encoders.", no_args_is_help=True, rich_markup_mode=None)


@models.callback()
def options() -> None:
    """List the encoders."""


@models.command("list")
def list_models(as_json: o.AsJson = False, debug: o.Debug = False) -> None:
    """List the encoders that are ready: what each is, its tokens a frame, its weights."""
    from tokcomp_cli.encoders import ENCODERS, load_encoder
    from tokcomp_cli.render.schema import dumps

    facts = [load_encoder(name).facts for name in ENCODERS]
    rows = [
        {
            "name": one.name,
            "architecture": one.architecture,
            "tokens": one.num_patches,
            "weights_sha256": one.weights_sha256,
            "text": one.text,
        }
        for one in facts
    ]
    if as_json:
        typer.echo(dumps({"meta": {"schema": "tokcomp.models", "schema_version": 1}, "models": rows}))
        return
    from tokcomp_cli.render.console import print_table

    headers = ("encoder", "what it is", "tokens a frame", "weights (sha256)", "text tower")
    print_table(headers, [[*row.values()] for row in rows])
