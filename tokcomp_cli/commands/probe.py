"""`tokcomp probe`: what is in a file, before anything is encoded."""

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.usage import check_inputs
from tokcomp_cli.errors import ExitCode, PlanError, TokcompError


def probe(
    context: typer.Context,
    paths: o.Paths = None,
    **given: object,
) -> None:
    """Show what is in a file: frames, times, decoder."""
    from tokcomp_cli.cli.present import failure_of
    from tokcomp_cli.core.frames import MediaFacts
    from tokcomp_cli.core.results.analysis import Failure
    from tokcomp_cli.media.open import MAX_PIXELS
    from tokcomp_cli.media.open import probe as look
    from tokcomp_cli.render.console.probe import probe_rows
    from tokcomp_cli.render.console.terminal import make_console, print_failure, print_table
    from tokcomp_cli.render.schema.document import dumps
    from tokcomp_cli.render.schema.probe import probe_document

    max_pixels, as_json = context.params["max_pixels"], context.params["as_json"]
    if not paths:
        raise PlanError("name at least one picture or video, as: tokcomp probe clip.mp4")
    check_inputs(paths)
    if max_pixels is not None and max_pixels < 1:
        raise PlanError(f"--max-pixels takes a number of pixels, at least 1; got {max_pixels}")
    results: list[MediaFacts | Failure] = []
    for path in paths:
        try:
            results.append(look(path, max_pixels=MAX_PIXELS if max_pixels is None else max_pixels))
        except TokcompError as error:
            results.append(failure_of(path, error))
    failures = [result for result in results if isinstance(result, Failure)]
    for failure in failures:
        print_failure(failure, make_console(stderr=True))
    if as_json:
        typer.echo(dumps(probe_document(results)))
    else:
        for facts in results:
            if isinstance(facts, MediaFacts):
                print_table(
                    ("", ""), [("  " + name, text) for name, text in probe_rows(facts)], title=facts.path
                )
    if failures:
        raise typer.Exit(ExitCode.FAILED if len(failures) == len(results) else ExitCode.SOME_FAILED)
