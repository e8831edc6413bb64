"""`tokcomp bench`: speed, side by side in one run."""

from typing import Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.help_page import PanelledCommand
from tokcomp_cli.cli.plan_options import DECODING, ENCODER, taking
from tokcomp_cli.commands.benches.export import bench_export
from tokcomp_cli.commands.benches.options import Rounds, Threads, check_counts
from tokcomp_cli.commands.benches.pipeline import bench_pipeline

bench = typer.Typer(help="Measure speed on this machine.", no_args_is_help=True, rich_markup_mode=None)
SAMPLED = ("fps", "start", "end", "seed")


@bench.callback()
def options() -> None:
    """Measure speed on this machine."""


_timed = taking(bench_pipeline, "gate", *ENCODER, shared=o.OUTPUT, fps="native")
bench.command("pipeline", cls=PanelledCommand)(_timed)
_chosen = taking(bench_export, *SAMPLED, *ENCODER, *DECODING, shared=o.OUTPUT)
bench.command("export", cls=PanelledCommand)(_chosen)


@bench.command("methods")
def bench_methods(
    rounds: Rounds = 5,
    threads: Threads = 2,
    as_json: o.AsJson = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Time every method, rounds interleaved.

    At 576 to 64 tokens (D 1024) and 64 x 196 to 10 % (D 384).
    """
    from tokcomp_cli.cli.progress import watched

    check_counts(rounds=rounds, threads=threads)
    with watched("methods", "rounds", quiet=quiet) as tick:
        from tokcomp_cli.bench.methods import bench_methods as measured
        from tokcomp_cli.render.schema.document import dumps, meta

        timings = measured(rounds, threads=threads, progress=tick)
    if as_json:
        about = {"meta": meta("tokcomp.bench"), "threads": threads, "rounds": rounds}
        typer.echo(dumps({**about, "methods": timings}))
        return
    from tokcomp_cli.render.console.terminal import print_table
    from tokcomp_cli.render.units import milliseconds

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


@bench.command("vlm")
def bench_vlm(
    shape: Annotated[
        str,
        typer.Option(
            "--shape",
            metavar="smolvlm2-256m|llava-1.5-7b|qwen2.5-vl-3b",
            help="Whose decoder to build, with random weights.",
        ),
    ] = "smolvlm2-256m",
    layers: Annotated[
        int | None,
        typer.Option(
            "--layers", help="Layers to build. [default: all, or a few of a large one]", show_default=False
        ),
    ] = None,
    tokens: Annotated[
        int | None,
        typer.Option("--tokens", help="Visual tokens. [default: a picture's]", show_default=False),
    ] = None,
    layer_keep: Annotated[
        str,
        typer.Option("--layer-keep", metavar="A,B,C,D|fastv|pyramiddrop", help="Also drop tokens in layers."),
    ] = "1,0.7,0.5,0.4",
    rounds: Rounds = 5,
    threads: Threads = 1,
    as_json: o.AsJson = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Time a decoder's prompt against its visual tokens.

    Its weights are random; none are fetched.
    """
    from tokcomp_cli.cli.progress import watched

    check_counts(rounds=rounds, threads=threads, tokens=tokens)
    with watched(shape, "rounds", quiet=quiet) as tick:
        from tokcomp_cli.bench.prefill import TEXT_TOKENS, bench_prefill
        from tokcomp_cli.plan.layers import parse_layer_keep
        from tokcomp_cli.render.schema.document import dumps, meta
        from tokcomp_cli.vlm.decoder_shapes import find_shape

        found = find_shape(shape)
        built = found.measured_layers if layers is None else layers
        timings = bench_prefill(
            found,
            layers=built,
            rounds=rounds,
            threads=threads,
            visual_tokens=found.visual_tokens if tokens is None else tokens,
            keep=parse_layer_keep(layer_keep),
            progress=tick,
        )
    about = {
        "shape": shape,
        "layers": found.layers,
        "layers_measured": built,
        "text_tokens": TEXT_TOKENS,
        "threads": threads,
        "rounds": rounds,
    }
    if as_json:
        typer.echo(dumps({"meta": meta("tokcomp.bench"), **about, "prefill": timings}))
        return
    from tokcomp_cli.core.rounding import count
    from tokcomp_cli.render.console.terminal import print_table
    from tokcomp_cli.render.units import milliseconds

    depth = f"all {built} layers" if built == found.layers else f"{built} of its {found.layers} layers"
    rows = [
        (
            one.layer_keep,
            count(one.visual_tokens),
            count(one.last_layer),
            milliseconds(one.ms),
            milliseconds(one.cpu_ms),
            f"{one.faster:.2f} times",
        )
        for one in timings
    ]
    headers = ("layer keep", "visual tokens", "last layer", "prefill ms", "CPU ms", "as fast, by CPU time")
    title = f"{shape}, {depth}, random weights, {TEXT_TOKENS} text tokens: medians of {rounds} rounds"
    print_table(headers, rows, title=title)
