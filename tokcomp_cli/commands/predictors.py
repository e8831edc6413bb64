"""`tokcomp budget --calibrate`: what predicts the tokens that the user's own files need."""

from typing import TYPE_CHECKING

import typer

from tokcomp_cli.cli.encoder_options import found
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.progress import watched
from tokcomp_cli.cli.settings import keep_settings, source_of
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.core.results.calibration import DifficultyCalibration

OF_FILES = (
    "paths",
    "recursive",
    "query",
    "save",
    "maps",
    "fail_under",
    "ocr",
    "total",
    "detail",
    "serving",
    "preset",
    "tiers",
)


def calibrate_on_folder(context: typer.Context, folder: str) -> None:
    """Print which signal predicts the tokens needed and where bands should begin; keep that if asked to.

    Raises:
        PlanError: Something that is about single files was given, or too few files can be read.
    """
    given = [name for name in OF_FILES if _given(context, name)]
    if given:
        shown = ", ".join("paths" if name == "paths" else f"--{name.replace('_', '-')}" for name in given)
        raise PlanError(f"--calibrate measures a whole folder; leave out {shown}")
    plan, quiet = plan_of(context), context.params["quiet"]
    choice = found(plan.encoder, quiet=quiet)
    with watched(folder, "files", quiet=quiet) as tick:
        from tokcomp_cli.calibrate.difficulty import calibrate_difficulty
        from tokcomp_cli.encoders import open_encoder

        measured = calibrate_difficulty(folder, plan, open_encoder(choice), tick)
    for message in measured.passed_over:
        typer.echo(f"skipped: {printable(message)}", err=True)
    if context.params["as_json"]:
        from tokcomp_cli.render.schema.calibration import predictors_document
        from tokcomp_cli.render.schema.document import dumps

        typer.echo(dumps(predictors_document(measured)))
    else:
        from tokcomp_cli.render.console.calibration import predictors_page
        from tokcomp_cli.render.console.terminal import make_console, print_page

        print_page(predictors_page(measured), make_console())
    if context.params["write_config"]:
        typer.echo(f"wrote {_keep(measured)}", err=True)


def _given(context: typer.Context, name: str) -> bool:
    """Return whether an option was given on this command line; what a config file holds is left alone."""
    return bool(context.params.get(name)) and source_of(context, name) == "option"


def _keep(found: "DifficultyCalibration") -> str:
    """Put the bands, or the fit of the rule `measured`, into the user's config file and return its path.

    Raises:
        PlanError: The files are too alike to tell anything.
    """
    from tokcomp_cli.render.schema.calibration import settings_of

    settings = settings_of(found)
    if settings is None:
        why = "scores are" if found.rule == "note" else "tokens needed do not rise with the variety, or are"
        raise PlanError(f"--write-config has nothing to keep: the files' {why} too alike; name other files")
    return str(keep_settings(settings))
