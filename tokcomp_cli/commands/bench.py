"""`tokcomp bench`: speed, side by side in one run."""

from typing import Annotated

import typer

from tokcomp_cli.commands import options as o

bench = typer.Typer(help="Measure speed on this machine.", no_args_is_help=True, rich_markup_mode=None)


@bench.callback()
def options() -> None:
    """Measure speed on this machine."""


@bench.command("methods")
def bench_methods(
    rounds: Annotated[int, typer.Option("--rounds", help="Rounds; each runs every method once.")] = 5,
    threads: Annotated[
        int, typer.Option("--threads", help="Threads; where other work runs, 1 is steadier.")
    ] = 2,
    as_json: o.AsJson = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Time every method at 576 to 64 tokens (D 1024) and 64 x 196 to 10 % (D 384), rounds interleaved."""
    from tokcomp_cli.commands.request import progress
    from tokcomp_cli.errors import PlanError
    from tokcomp_cli.pipeline.bench import bench_methods as measured
    from tokcomp_cli.render.schema import dumps, meta

    if rounds < 1:
        raise PlanError(f"--rounds takes a whole number, at least 1; got {rounds}")
    if threads < 1:
        raise PlanError(f"--threads takes a whole number, at least 1; got {threads}")
    with progress("rounds", quiet=quiet) as tick:
        timings = measured(rounds, threads=threads, progress=tick)
    if as_json:
        about = {"meta": meta("tokcomp.bench"), "threads": threads, "rounds": rounds}
        typer.echo(dumps({**about, "methods": timings}))
        return
    from tokcomp_cli.render.console import print_table
    from tokcomp_cli.render.words import milliseconds

    rows = [
        (
            one.size,
            one.method,
            one.stage,
            milliseconds(one.ms),
            milliseconds(one.spread_ms),
            milliseconds(one.ms_per_frame),
        )
        for one in timings
    ]
    print_table(("size", "method", "stage", "median ms", "spread ms", "ms a frame"), rows)


@bench.command("folder")
def bench_folder(
    folder: Annotated[str, typer.Argument(help="Folder of pictures and clips.", show_default=False)],
    encoder: o.Encoder = "embedded",
    rounds: Annotated[int, typer.Option("--rounds", help="Rounds; each goes over the folder each way.")] = 5,
    as_json: o.AsJson = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Time the answer of `tokcomp budget FOLDER -r` beside merely decoding and encoding the folder."""
    from tokcomp_cli.commands.request import watched
    from tokcomp_cli.encoders import load_encoder
    from tokcomp_cli.errors import PlanError
    from tokcomp_cli.pipeline.bench_folder import bench_folder as measured
    from tokcomp_cli.pipeline.calibrating import files_in
    from tokcomp_cli.render.schema import dumps, meta

    if rounds < 1:
        raise PlanError(f"--rounds takes a whole number, at least 1; got {rounds}")
    paths = files_in(folder)
    with watched("rounds", "rounds", quiet=quiet) as tick:
        timings = measured(paths, load_encoder(encoder), rounds, tick)
    if as_json:
        about = {"meta": meta("tokcomp.bench"), "files": len(paths), "rounds": rounds}
        typer.echo(dumps({**about, "ways": timings}))
        return
    from tokcomp_cli.render.console import print_table

    rows = [
        (one.way, f"{one.seconds:.2f}", f"{one.cpu_seconds:.2f}", f"{one.ratio:.2f}", f"{one.cpu_ratio:.2f}")
        for one in timings
    ]
    print_table(("way", "wall s", "CPU s", "wall ratio", "CPU ratio"), rows, title=f"{len(paths)} files")
