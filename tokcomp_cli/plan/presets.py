"""The reference note's four pipelines: each fixes some settings, and has stages of its own (pipeline/stages).

They are named after papers that do something else (docs/methods.md). Where the note's own rule is broken, the
corrected one runs: frames are merged by `frame-merge`, and the descent by steps always lands on its budget.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokcomp_cli.errors import PlanError, near

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import Scalar


@dataclass(frozen=True, slots=True)
class Preset:
    """One pipeline.

    Attributes:
        name: As users write it.
        rule: What it does, in a sentence.
        fixed: Settings that it fixes, as users write them.
        detail: Whether it reads tiles of the picture.
    """

    name: str
    rule: str
    fixed: "Mapping[str, Scalar]" = field(hash=False)
    detail: bool = False


BY_DIFFICULTY = {"spatial": "none", "spatial_ratio": None, "budget": "auto", "reduce": "steps"}
PRESETS = (
    Preset(
        "pvc",
        "pool each frame to half its tokens, merge similar frames, drop tokens layer by layer; no budget",
        {"spatial": "pool", "spatial_ratio": 0.5, "budget": "100%", "reduce": "ward"},
    ),
    Preset(
        "fastvlm",
        "pool each frame to a quarter of its tokens; where detail is wanted, add what three times the "
        "resolution shows that those do not hold",
        {"spatial": "pool", "spatial_ratio": 0.25, "budget": "100%", "reduce": "ward"},
        detail=True,
    ),
    Preset("router", "budget by difficulty, reached step by step", BY_DIFFICULTY),
    Preset(
        "arr-coc",
        "budget by difficulty, then tiers of relevance, then drop tokens layer by layer",
        BY_DIFFICULTY,
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
        raise PlanError(f"`preset` takes {', '.join(known)}; got {name!r}{near(name, known)}")
    return found
