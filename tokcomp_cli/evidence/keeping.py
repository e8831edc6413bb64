"""How methods are put to work on the scenes of a task, and what each task is judged by."""

import re
from dataclasses import dataclass, replace
from typing import Protocol

from torch import Tensor

from tokcomp_cli.compress import find, names
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.tokens import Compressed
from tokcomp_cli.errors import PlanError

PICTURE_METHODS = (
    "saliency-ward",
    "ward",
    "tome",
    "prumerge",
    "visionzip",
    "vispruner",
    "divprune",
    "scope",
    "dart",
    "flashvid-adts",
    "prune",
    "pool",
    "uniform",
    "random",
)
CLIP_METHODS = (
    "frame-merge",
    "frame-merge:0.57",
    "frame-merge:0.95",
    "none",
    "space-time",
    "evs",
    "vidcom2",
    "dycoke",
    "framefusion",
    "fastvid",
    "holitom",
    "uniform",
    "random",
)


@dataclass(frozen=True, slots=True)
class Usual:
    """What a task takes unless asked otherwise.

    Attributes:
        training: Training pictures or clips.
        scenes: Held-out ones.
        budgets: Tokens kept of each.
        methods: Methods and controls.
        default: The tool's own default among them, whose whole curve is measured.
        compressed: Methods by which training scenes are compressed at random.
        between: Fewest and most tokens then.
        curve_step: Every which budget of the curve is tried.
    """

    training: int
    scenes: int
    budgets: tuple[int, ...]
    methods: tuple[str, ...]
    default: str
    compressed: tuple[str, ...]
    between: tuple[int, int]
    curve_step: int = 1


PICTURES = Usual(
    12_000,
    800,
    (16, 25, 49),
    PICTURE_METHODS,
    "saliency-ward",
    ("ward", "random", "prune", "pool", "divprune", "scope", "uniform"),
    (8, 100),
)
CLIPS = Usual(
    2_400,
    300,
    (49, 98, 196),
    CLIP_METHODS,
    "frame-merge",
    ("frame-merge", "none", "random", "evs", "space-time", "fastvid"),
    (32, 800),
    curve_step=2,
)
USUAL = {"scenes": PICTURES, "crowded": PICTURES, "easy-vqa": PICTURES, "clips": CLIPS}


class Keeping(Protocol):
    """Methods on the scenes of one task."""

    def keep(self, method: Method, at: int, num_keep: int) -> Compressed:
        """Return what a method keeps of a scene, exactly so many tokens where it can."""

    def measure(self, at: int, kept: Compressed) -> tuple[dict[str, float], Tensor]:
        """Return every figure of a scene after a method, and what each patch loses, (T * P,)."""


def find_on(task: str, name: str) -> Method:
    """Return a method that works on a task's scenes: on clips temporal ones, else spatial ones.

    A spatial method on a clip takes the patches of all its frames at once. `frame-merge:0.9` is the tool's
    default at another threshold.

    Raises:
        PlanError: There is none of that name.
    """
    base, _, threshold = name.partition(":")
    if task != "clips" or base not in names("temporal", whole_video=True):
        return find("spatial", name)
    method = find("temporal", base, whole_video=True)
    if not threshold:
        return method
    if method.decide is None or not re.fullmatch(r"0?\.\d+", threshold):
        raise PlanError(f"frame-merge:0.9 merges frames at another threshold; got {name!r}")
    return replace(method, name=name)
