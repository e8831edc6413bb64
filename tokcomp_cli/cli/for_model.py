"""Options that name one model of the table of costs."""

from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import Analysis, Failure
    from tokcomp_cli.core.results.cost import BeforeAfter
    from tokcomp_cli.cost.model import CostModel


def names(start: str) -> list[str]:
    """Return the names of models that begin so."""
    from tokcomp_cli.cost.table import load_models

    return [name for name in load_models() if name.startswith(start)]


ForModel = Annotated[
    str | None,
    typer.Option(
        "--for",
        metavar="MODEL",
        help="The model to send to (see: tokcomp cost --list).",
        show_default=False,
        autocompletion=names,
    ),
]
ModelsFile = Annotated[
    str | None,
    typer.Option(
        "--models-file",
        metavar="FILE.toml",
        help="Models and prices of your own, over those here.",
        envvar="TOKCOMP_MODELS_FILE",
        show_envvar=False,
        show_default=False,
    ),
]


def model_named(name: str, models_file: str | None) -> "CostModel":
    """Return one model.

    Args:
        name: Of the model, or MODEL:TIER for that tier alone.
        models_file: Of the user, or None.

    Raises:
        PlanError: There is none of that name, or the name stands for several.
    """
    from dataclasses import replace

    from tokcomp_cli.cost.table import choose, load_models

    chosen = choose(load_models(models_file), [name], option="--for")
    if len(chosen) > 1:
        several = ", ".join(one.name for one, _ in chosen)
        raise PlanError(f"--for takes one model, and {name} stands for {several}; name one")
    model, tiers = chosen[0]
    return model if tiers is None else replace(model, tiers=tiers)


def wanted_model(context: typer.Context) -> "CostModel | None":
    """Return the model of `--for`, or None where the option was not given; `--models-file` needs it."""
    name, models_file = context.params["for_model"], context.params["models_file"]
    return None if name is None else model_named(name, models_file)


def before_after_of(result: "Analysis | Failure", model: "CostModel | None") -> "BeforeAfter | None":
    """Return what a file costs before and after; None without a model, or where the file failed."""
    from tokcomp_cli.core.results.analysis import Analysis
    from tokcomp_cli.cost.before_after import before_after
    from tokcomp_cli.cost.video import Clip

    if model is None or not isinstance(result, Analysis):
        return None
    media = result.media
    clip = Clip(media.width, media.height, media.frames_in_file, media.duration_seconds or 0.0)
    sampled = result.sampling.frames_sampled
    return before_after(model, clip, still=media.kind == "image", sampled=sampled, kept=len(result.timeline))
