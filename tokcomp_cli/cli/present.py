"""Results to the streams: pages or one document to stdout, failures to stderr."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import typer

from tokcomp_cli.cli.pages import write_page
from tokcomp_cli.core.results.analysis import Analysis, Failure
from tokcomp_cli.plan.flags import with_flags
from tokcomp_cli.render.console.terminal import make_console, print_failure, print_page
from tokcomp_cli.render.schema.analysis import document, documents
from tokcomp_cli.render.schema.document import dumps

if TYPE_CHECKING:
    from tokcomp_cli.render.console.layout import Page
    from tokcomp_cli.render.schema.document import Document


def failure_of(path: str, error: Exception) -> Failure:
    """Return the record of an input that failed; its message names options, not settings."""
    return Failure(path, type(error).__name__, with_flags(str(error)))


def print_failures(results: Sequence[object]) -> None:
    """Print a line on stderr for each input that failed."""
    errors = make_console(stderr=True)
    for result in results:
        if isinstance(result, Failure):
            print_failure(result, errors)


def present(
    results: Sequence[Analysis | Failure],
    context: typer.Context,
    *,
    schema: str,
    page: "Callable[[Analysis], Page]",
) -> None:
    """Print the results as a command's options ask for, and write its page.

    Args:
        results: In the order of the inputs.
        context: Of the command.
        schema: Schema name of its documents.
        page: Gives the page of a result.

    Raises:
        PlanError: The page cannot be written.
    """
    given = context.params
    print_results(results, as_json=given["as_json"], schema=schema, page=page, maps=given["maps"])
    write_results(results, context, schema=schema)


def write_results(
    results: Sequence[Analysis | Failure],
    context: typer.Context,
    *,
    schema: str,
    summary: "Document | None" = None,
) -> None:
    """Write the page and the plot that a command's `--html` and `--plot` ask for.

    Args:
        results: In the order of the inputs.
        context: Of the command.
        schema: Schema name of its documents.
        summary: What several inputs come to together.

    Raises:
        PlanError: One cannot be written.
    """
    plot = context.params.get("plot")
    if plot is not None and isinstance(results[0], Analysis):
        from tokcomp_cli.report.plots import write_plot

        write_plot(results[0], plot)
    if context.params["html"] is None:
        return
    several = len(results) > 1
    made = documents(results, schema=schema) if several else document(results[0], schema=schema, maps=True)
    made |= {"summary": summary} if summary is not None else {}
    write_page(context.params["html"], made, quiet=context.params["quiet"])


def print_results(
    results: Sequence[Analysis | Failure],
    *,
    as_json: bool,
    schema: str,
    page: "Callable[[Analysis], Page]",
    maps: bool,
) -> None:
    """Print the results.

    Args:
        results: In the order of the inputs.
        as_json: One document instead of pages.
        schema: Its schema name.
        page: Gives the page of a result.
        maps: Whether documents hold keep-maps.
    """
    print_failures(results)
    if as_json:
        several = len(results) > 1
        typer.echo(
            dumps(
                documents(results, schema=schema, maps=maps)
                if several
                else document(results[0], schema=schema, maps=maps)
            )
        )
        return
    console = make_console()
    for number, result in enumerate(one for one in results if isinstance(one, Analysis)):
        if number:
            console.print()
        print_page(page(result), console)
