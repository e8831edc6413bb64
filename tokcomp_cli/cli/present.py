"""Results to the streams: pages or one document to stdout, failures to stderr."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import typer

from tokcomp_cli.cli.for_model import before_after_of
from tokcomp_cli.cli.pages import write_page
from tokcomp_cli.core.results.analysis import Analysis, Failure
from tokcomp_cli.plan.flags import with_flags
from tokcomp_cli.render.before_after import before_after_line
from tokcomp_cli.render.console.terminal import make_console, print_failure, print_page
from tokcomp_cli.render.schema.analysis import document, documents
from tokcomp_cli.render.schema.document import Document, dumps

if TYPE_CHECKING:
    from tokcomp_cli.core.results.cost import BeforeAfter
    from tokcomp_cli.cost.model import CostModel
    from tokcomp_cli.render.console.layout import Page


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
    model: "CostModel | None" = None,
) -> None:
    """Print the results as a command's options ask for, and write its page.

    Args:
        results: In the order of the inputs.
        context: Of the command.
        schema: Schema name of its documents.
        page: Gives the page of a result.
        model: For which a line says what it costs before and after; None for no such line.

    Raises:
        PlanError: The page cannot be written.
    """
    given = context.params
    shown = {"as_json": given["as_json"], "maps": given["maps"]}
    print_results(results, schema=schema, page=page, model=model, **shown)
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
    model: "CostModel | None" = None,
) -> None:
    """Print the results.

    Args:
        results: In the order of the inputs.
        as_json: One document instead of pages.
        schema: Its schema name.
        page: Gives the page of a result.
        maps: Whether documents hold keep-maps.
        model: For which a line says what it costs before and after; None for no such line.
    """
    print_failures(results)
    sent = [before_after_of(one, model) for one in results]
    if as_json:
        made = (documents if len(results) > 1 else _single)(results, schema=schema, maps=maps)
        typer.echo(dumps(with_before_after(made, sent)))
        return
    console = make_console()
    for number, result in enumerate(one for one in results if isinstance(one, Analysis)):
        if number:
            console.print()
        print_page(page(result), console)
        if (cost := before_after_of(result, model)) is not None:
            console.print(before_after_line(cost))
    print_together(sent)


def _single(results: Sequence[Analysis | Failure], *, schema: str, maps: bool) -> Document:
    return document(results[0], schema=schema, maps=maps)


def with_before_after(made: Document, sent: "Sequence[BeforeAfter | None]") -> Document:
    """Return a document with what each result costs before and after under `for_model`."""
    results = made.get("results", [made])
    for one, cost in zip(results if isinstance(results, list) else [], sent, strict=True):
        if cost is not None:
            one["for_model"] = cost
    return made


def print_together(sent: "Sequence[BeforeAfter | None]") -> None:
    """Print what several files cost together before and after."""
    from tokcomp_cli.cost.before_after import together

    known = [one for one in sent if one is not None]
    if len(known) > 1:
        make_console().print(before_after_line(together(known), f"All {len(known)} files. "))
