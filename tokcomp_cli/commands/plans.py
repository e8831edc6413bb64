"""From a command's options to a plan."""

from typing import TYPE_CHECKING, Literal

import typer

from tokcomp_cli.commands.shared import ANALYSIS
from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.plan.plan import Plan


def plan_of(context: typer.Context, **instead: object) -> "Plan":
    """Return the plan that a command's options make.

    Args:
        context: Of the command.
        instead: What stands in for options that the command does not have or reads otherwise, by name.

    Raises:
        PlanError: They cannot be done.
    """
    from tokcomp_cli.difficulty.rules import parse_cuts
    from tokcomp_cli.plan.budget import parse_budget
    from tokcomp_cli.plan.plan import Plan
    from tokcomp_cli.plan.presets import with_preset
    from tokcomp_cli.plan.tiers import parse_tiers

    absent: dict[str, object] = {"target": None, "detail": False, "serving": None, "ocr": False}
    given = {option.name: option.default for option in ANALYSIS} | absent | context.params | instead
    plan = Plan(
        encoder=given["encoder"],
        fps=_rate(given["fps"]),
        every=given["every"],
        frames=given["frames"],
        start_seconds=given["start"],
        end_seconds=given["end"],
        max_frames=given["max_frames"],
        max_pixels=given["max_pixels"],
        isolate=given["isolate"],
        timeout_seconds=given["timeout"],
        spatial=given["spatial"],
        spatial_ratio=given["spatial_ratio"],
        temporal=given["temporal"],
        temporal_ratio=given["temporal_ratio"],
        threshold=given["threshold"],
        similarity=given["similarity"],
        temporal_every=given["temporal_every"],
        budget=parse_budget(given["budget"]),
        allocate=given["allocate"],
        reduce=given["reduce"],
        layers=given["layers"],
        layer_keep=_shares(given["layer_keep"]),
        query=given["query"],
        target=given["target"],
        seed=given["seed"],
        tiers=None if given["tiers"] is None else parse_tiers(given["tiers"]),
        detail=given["detail"],
        serving=given["serving"],
        difficulty=given["difficulty"],
        difficulty_cuts=parse_cuts(given["difficulty_cuts"]),
        closer="ocr" in context.params,
        ocr=given["ocr"],
    )
    if given["preset"] is None:
        return plan
    set_by_user = {name for name in context.params if _source(context, name) not in {None, "DEFAULT"}}
    return with_preset(plan, given["preset"], set_by_user)


def _source(context: typer.Context, name: str) -> str | None:
    source = context.get_parameter_source(name)
    return None if source is None else source.name


def _rate(text: str | None) -> "float | Literal['native'] | None":
    if text is None:
        return None
    if text == "native":
        return "native"
    try:
        return float(text)
    except ValueError:
        raise PlanError(f"--fps takes a number of frames a second, or native; got {text!r}") from None


def _shares(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise PlanError(f"--layer-keep takes four shares, as 1,0.7,0.5,0.4; got {text!r}") from None
