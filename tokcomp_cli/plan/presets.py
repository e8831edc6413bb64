"""The reference note's four pipelines, each a plan that fixes the options it names.

They bear the names of papers that do otherwise (README). Where the note's own rule is broken, the mended one
runs: frames are merged by `frame-merge`, and the descent by steps always lands on its budget.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from tokcomp_cli.errors import PlanError, near
from tokcomp_cli.plan.budget import Budget
from tokcomp_cli.plan.plan import Plan

ALL, BY_DIFFICULTY = Budget("percent", 100.0), Budget("auto")
FIXED = ("spatial", "spatial_ratio", "budget", "reduce")


@dataclass(frozen=True, slots=True)
class Preset:
    """One pipeline; what it fixes of a plan bears the plan's names.

    Attributes:
        name: As users write it.
        rule: What it does, in a sentence.
    """

    name: str
    rule: str
    spatial: str
    spatial_ratio: float | None
    budget: Budget
    reduce: str = "ward"
    detail: bool = False


PRESETS = (
    Preset(
        "pvc",
        "pool each frame to half its tokens, merge like frames, drop tokens layer by layer; no budget",
        spatial="pool",
        spatial_ratio=0.5,
        budget=ALL,
    ),
    Preset(
        "fastvlm",
        "pool each frame to a quarter of its tokens; where detail is wanted, add what three times the "
        "resolution shows that those do not hold",
        spatial="pool",
        spatial_ratio=0.25,
        budget=ALL,
        detail=True,
    ),
    Preset(
        "router",
        "budget by difficulty, reached step by step",
        spatial="none",
        spatial_ratio=None,
        budget=BY_DIFFICULTY,
        reduce="steps",
    ),
    Preset(
        "arr-coc",
        "budget by difficulty, then tiers of relevance, then drop tokens layer by layer",
        spatial="none",
        spatial_ratio=None,
        budget=BY_DIFFICULTY,
        reduce="steps",
    ),
)


def find_preset(name: str) -> Preset:
    """Return the preset of a name.

    Raises:
        PlanError: There is none.
    """
    known = [preset.name for preset in PRESETS]
    found = next((preset for preset in PRESETS if preset.name == name), None)
    if found is None:
        raise PlanError(f"--preset takes {', '.join(known)}; got {name!r}{near(name, known)}")
    return found


def with_preset(plan: Plan, name: str, given: Collection[str] = ()) -> Plan:
    """Return the plan with what a preset fixes.

    Args:
        plan: Everything else that was asked for.
        name: Of the preset.
        given: Fields of the plan that the user set; one that says otherwise than the preset is an error.

    Raises:
        PlanError: There is no such preset, or something given contradicts it.
    """
    preset = find_preset(name)
    for field in FIXED:
        asked, fixed = getattr(plan, field), getattr(preset, field)
        if field in given and asked != fixed:
            option = f"--{field.replace('_', '-')}"
            rule = f"takes no {option}" if fixed is None else f"fixes {option} to {fixed}"
            raise PlanError(f"--preset {name} {rule}, and {asked} was given; leave one of the two out")
    if plan.serving is not None and preset.detail:
        raise PlanError(f"--serving is measured on the frames alone; leave out --preset {name} or --serving")
    if plan.tiers is not None and name != "arr-coc":
        raise PlanError(f"--tiers goes with --preset arr-coc, or with none; got --preset {name}")
    return replace(
        plan,
        preset=name,
        spatial=preset.spatial,
        spatial_ratio=preset.spatial_ratio,
        budget=preset.budget,
        reduce=preset.reduce,
        detail=preset.detail or plan.detail,
        closer=preset.detail or plan.closer,
    )
