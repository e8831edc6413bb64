"""`tokcomp doctor`: whether everything is there and works."""

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.progress import watched
from tokcomp_cli.errors import ExitCode


def doctor(as_json: o.AsJson = False, quiet: o.Quiet = False, debug: o.Debug = False) -> None:
    """Check libraries, weights, encoder, decoder, folders."""
    with watched("installation", quiet=quiet):
        from tokcomp_cli.bench.doctor import checks
        from tokcomp_cli.render.schema.document import dumps

        found = checks()
    if as_json:
        rows = [{"check": one.name, "ok": one.ok, "detail": one.detail} for one in found]
        typer.echo(dumps({"meta": {"schema": "tokcomp.doctor", "schema_version": 1}, "checks": rows}))
    else:
        from tokcomp_cli.render.console.terminal import print_table

        print_table(
            ("", "check", "found"), [["ok" if one.ok else "FAILED", one.name, one.detail] for one in found]
        )
    raise typer.Exit(ExitCode.OK if all(one.ok for one in found) else ExitCode.FAILED)
