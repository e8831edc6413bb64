"""What a budget is, as users write it: auto, a count, a share of the original, or a target."""

import re
from dataclasses import dataclass
from typing import Literal

from tokcomp_cli.core.setting import setting
from tokcomp_cli.errors import PlanError, check_choice
from tokcomp_cli.plan.checks import check_share

DEFAULT_TARGET = 0.995
"""Content to keep where none is asked for: right answers fall by less than a point (docs/evidence.md)."""
RESIZED_TARGET = 0.9
"""The same for resized pictures and chosen frames, on which no answers were measured."""
MOST_TOKENS = 10**12
ALLOCATIONS, REDUCTIONS = ("cut", "uniform"), ("ward", "steps")
BAND_SHARES = {"easy": 0.11, "medium": 0.25, "hard": 0.44, "very hard": 0.69}
"""Share of the encoder's grid that `auto` keeps a merged frame, by difficulty band."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens allowed after the budget stage.

    Attributes:
        kind: `auto` (by difficulty), `count` (exact total), `percent` (of the original count) or
            `target` (smallest count whose `explained` reaches it).
        value: Count, percentage or target; 0 for `auto`.
    """

    kind: Literal["auto", "count", "percent", "target"]
    value: float = 0.0

    def __str__(self) -> str:
        """Return the budget as users write it."""
        forms = {"auto": "auto", "count": f"{self.value:.0f}", "percent": f"{self.value:g}%"}
        return forms.get(self.kind, f"target={self.value:g}")


def parse_budget(text: str) -> Budget:
    """Return the budget that `auto`, `64`, `25%` or `target=0.9` stands for.

    Raises:
        PlanError: Another form, a count below 1, a share outside (0, 100] or a target outside (0, 1].
    """
    text = text.strip().lower()
    if text == "auto":
        return Budget("auto")
    match = re.fullmatch(r"(target=)?([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(%)?", text)
    if not match or (match[1] and match[3]):
        raise PlanError(f"`budget` takes auto, a count, a share as 25% or target=0.9; got {text!r}")
    value = float(match[2])
    if match[1]:
        if not 0 < value <= 1:
            raise PlanError(f"`budget` target= takes a number above 0 and at most 1; got {match[2]}")
        return Budget("target", value)
    if match[3]:
        if not 0 < value <= 100:
            raise PlanError(f"`budget` takes a share above 0% and at most 100%; got {text}")
        return Budget("percent", value)
    if not 1 <= value <= MOST_TOKENS or value != int(value):
        raise PlanError(
            f"`budget` takes a whole number of tokens, at least 1 and at most 10^12; got {match[2]}"
        )
    return Budget("count", value)


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """How many tokens are left after the budget stage, and how it gets there.

    Attributes:
        budget: Tokens after the budget stage.
        target: `explained` that the recommendation aims at; None for no recommendation.
        weakest: `explained` that the weakest moment, or region of a picture, has to keep beside a target.
        allocate: How a budget is split over merged frames: `cut` (equal marginal loss) or `uniform`.
        reduce: How the budget stage reduces: `ward` or `steps`.
    """

    budget: Budget = setting(
        Budget("auto"),
        "Tokens for the whole input.",
        "Budget",
        metavar="auto|N|P%|target=F",
        parse=parse_budget,
    )
    target: float | None = setting(None, "Content to explain.", "Budget", metavar="SHARE")
    weakest: float | None = setting(
        None, "Share that the weakest moment or region has to keep.", "Budget", metavar="SHARE"
    )
    allocate: str = setting(
        "cut", "Split at equal marginal loss, or evenly.", "Compression", metavar="cut|uniform"
    )
    reduce: str = setting(
        "ward", "By the dendrogram, or in traced steps.", "Compression", metavar="ward|steps"
    )

    def aim(self, usual: float = DEFAULT_TARGET) -> float:
        """Return the target, or the usual one where none is given."""
        return usual if self.target is None else self.target

    def __post_init__(self) -> None:
        """Check the target and the rules.

        Raises:
            PlanError: The first thing that cannot be done.
        """
        check_share("target", self.target)
        self._check_weakest()
        check_choice("allocate", self.allocate, ALLOCATIONS)
        check_choice("reduce", self.reduce, REDUCTIONS)

    def _check_weakest(self) -> None:
        check_share("weakest", self.weakest)
        aimed = {"`budget` target=": self.budget.value} if self.budget.kind == "target" else {}
        if self.target is not None:
            aimed["`target`"] = self.target
        if self.weakest is None:
            return
        if not aimed:
            raise PlanError("`weakest` goes with a target: give `budget` target=0.9, or ask for a `target`")
        for name, share in aimed.items():
            if self.weakest > share:
                raise PlanError(
                    f"`weakest` {self.weakest:g} is above {name} {share:g}: what holds for the weakest part "
                    "holds for the whole; raise the target or lower `weakest`"
                )
