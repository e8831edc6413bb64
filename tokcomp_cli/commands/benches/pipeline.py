"""`tokcomp bench pipeline`: a whole run beside plain scripts that do the same."""

from typing import Annotated

import typer

from tokcomp_cli.cli.encoder_options import found
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.progress import watched
from tokcomp_cli.cli.usage import check_inputs
from tokcomp_cli.commands.benches.options import Rounds, check_counts
from tokcomp_cli.errors import PlanError

Video = Annotated[str | None, typer.Argument(help="A video on this machine.", show_default=False)]


def bench_pipeline(context: typer.Context, path: Video = None, rounds: Rounds = 3, **given: object) -> None:
    """Time an analysis beside plain scripts.

    Rounds are interleaved, figures are medians. A clip that holds too little work is repeated.

    \b
    tokcomp bench pipeline clip.mp4
    tokcomp bench pipeline clip.mp4 --fps 2 --rounds 5 --json
    """
    if path is None:
        raise PlanError("name a video, as: tokcomp bench pipeline clip.mp4")
    check_counts(rounds=rounds)
    check_inputs([path])
    plan, quiet = plan_of(context), context.params["quiet"]
    plan = plan.but(encoder=found(plan.encoder, quiet=quiet).name)
    with watched(path, "runs", quiet=quiet) as tick:
        from tokcomp_cli.bench.pipeline import bench_pipeline as measured

        speed = measured(path, plan, rounds=rounds, progress=tick)
    if context.params["as_json"]:
        from tokcomp_cli.render.schema.document import dumps
        from tokcomp_cli.render.schema.speed import speed_document

        typer.echo(dumps(speed_document(speed)))
        return
    from tokcomp_cli.render.console.terminal import print_page
    from tokcomp_cli.render.speed_page import speed_page

    print_page(speed_page(speed))
