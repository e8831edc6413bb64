"""`tokcomp compare`: which method to trust on these files, and whether it beats chance."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.encoder_options import found as choice_of
from tokcomp_cli.cli.loading import import_torch
from tokcomp_cli.cli.pages import Force, Html, Plot, check_page, write_page
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.progress import watched
from tokcomp_cli.cli.request import about_config, exit_code, paths_of
from tokcomp_cli.errors import PlanError, TokcompError

if TYPE_CHECKING:
    from tokcomp_cli.compress.base import Method
    from tokcomp_cli.core.results.analysis import Failure
    from tokcomp_cli.core.results.comparison import Comparison, ComparisonSummary
    from tokcomp_cli.plan.plan import Plan

Methods = Annotated[
    str | None,
    typer.Option(
        "--methods",
        metavar="A,B,…",
        help="Only these, as name, name:variant or ./mine.py.",
        show_default=False,
    ),
]


def compare(
    context: typer.Context,
    paths: o.Paths = None,
    methods: Methods = None,
    maps: o.Maps = False,
    html: Html = None,
    plot: Plot = None,
    force: Force = False,
    **given: object,
) -> None:
    """Compare methods at one count, beside the controls.

    All start from the same tokens of a picture or a video.
    A method of your own is a file, as ./mine.py.

    \b
    tokcomp compare photo.jpg --budget 32 --html photo.html
    tokcomp compare *.jpg --budget 25% --methods ward,tome,./mine.py
    tokcomp compare features.safetensors --budget 64 --json
    """
    if about_config(context):
        return
    paths_given = paths_of(context)
    plan = plan_of(context, maps=check_page(context, paths_given) or maps)
    results = _all(context, plan, paths_given)
    _present(context, results)
    raise typer.Exit(exit_code(context, results))


def _all(context: typer.Context, plan: "Plan", paths: Sequence[str]) -> "list[Comparison | Failure]":
    """Return the comparison of each input; one that fails does not stop the rest."""
    asked, quiet = context.params["methods"], context.params["quiet"]
    with watched(Path(paths[0]).name, quiet=quiet):
        import_torch()
        from tokcomp_cli.cli.present import failure_of
        from tokcomp_cli.comparison.compare import compare as compare_file
        from tokcomp_cli.comparison.select import choose
        from tokcomp_cli.comparison.token_file import compare_tokens, is_dumped
        from tokcomp_cli.encoders import open_encoder

        chosen: tuple[Method, ...] | None = None if asked is None else choose(asked)
    encoder = None
    results: list[Comparison | Failure] = []
    for path in paths:
        try:
            if is_dumped(path):
                with watched(Path(path).name, "methods", quiet=quiet) as tick:
                    results.append(compare_tokens(path, plan, tick, chosen=chosen))
                continue
            choice = choice_of(plan.encoder, quiet=quiet) if encoder is None else plan.encoder
            with watched(Path(path).name, "frames", "methods", quiet=quiet) as tick:
                encoder = encoder or open_encoder(choice)
                results.append(compare_file(path, plan, encoder, tick, chosen=chosen))
        except TokcompError as error:
            if isinstance(error, PlanError) and len(paths) == 1:
                raise
            results.append(failure_of(path, error))
    return results


def _present(context: typer.Context, results: "Sequence[Comparison | Failure]") -> None:
    """Print the results: failures to stderr, pages or one document to stdout; and write the page."""
    from tokcomp_cli.cli.present import print_failures
    from tokcomp_cli.comparison.summary import summarise
    from tokcomp_cli.core.results.comparison import Comparison
    from tokcomp_cli.render.schema.compare import comparison_document, comparisons_document
    from tokcomp_cli.render.schema.document import dumps

    print_failures(results)
    done = [result for result in results if isinstance(result, Comparison)]
    summary = summarise(done, seed=context.params["seed"]) if len(results) > 1 and done else None
    several = len(results) > 1
    document = comparisons_document(results, summary) if several else comparison_document(results[0])
    if context.params["as_json"]:
        typer.echo(dumps(document))
    else:
        _print_pages(done, summary)
    if context.params["plot"] is not None and done:
        from tokcomp_cli.report.plots import write_plot

        write_plot(done[0], context.params["plot"])
    if context.params["html"] is not None:
        write_page(context.params["html"], document, quiet=context.params["quiet"])


def _print_pages(done: "Sequence[Comparison]", summary: "ComparisonSummary | None") -> None:
    from tokcomp_cli.render.console.compare import comparison_page, summary_page
    from tokcomp_cli.render.console.terminal import make_console, print_page

    console = make_console()
    for number, found in enumerate(done):
        if number:
            console.print()
        print_page(comparison_page(found), console)
    if summary is not None:
        console.print()
        print_page(summary_page(summary), console)
