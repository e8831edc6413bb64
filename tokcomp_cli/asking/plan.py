"""What was asked of a model, checked before any file is opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tokcomp_cli.asking.compress_visual import check_servable
from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.results.analysis import Scalar
from tokcomp_cli.core.setting import shown
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.plan import Plan

A_QUARTER, WARD = Plan.of(budget="25%"), find("spatial", "ward")


@dataclass(frozen=True, slots=True)
class AskPlan:
    """What was asked for.

    Attributes:
        question: Plain text.
        sampling: For frames, merging them, the budget, how tokens thin out inside the decoder, and the
            seed.
        method: For the model's own visual tokens.
        before: Whether frames are merged before the model's encoder sees them.
        max_new_tokens: Of an answer.
        repeat: Rounds that medians are taken over.
        sweep: Whether budgets and methods are tried out.
        methods: For the sweep; None for all.
    """

    question: str
    sampling: Plan = A_QUARTER
    method: Method = WARD
    before: Literal["merge", "none"] = "merge"
    max_new_tokens: int = 32
    repeat: int = 3
    sweep: bool = False
    methods: Sequence[Method] | None = None

    def __post_init__(self) -> None:
        """Check all settings.

        Raises:
            PlanError: The first one that cannot be done.
        """
        for method in (self.method, *(self.methods or ())):
            check_servable(method)
        if self.before not in {"merge", "none"}:
            raise PlanError(f"`before` takes merge or none; got {self.before!r}")
        if self.max_new_tokens < 1:
            raise PlanError(f"`max_new_tokens` takes a whole number above 0; got {self.max_new_tokens}")
        if self.repeat < 1:
            raise PlanError(f"`repeat` takes a whole number above 0; got {self.repeat}")
        if self.sampling.temporal.whole_video:
            raise PlanError(
                f"`temporal` {self.sampling.temporal.name} chooses tokens of our own encoder, which no "
                f"other model reads; use `method` {self.sampling.temporal.name} for the model's own tokens"
            )
        if self.sampling.budget.budget.kind == "target":
            raise PlanError(
                "ask takes a `budget` of auto, N or P%; `sweep` shows what each budget costs the answer"
            )

    def record(self, tokens: int) -> dict[str, Scalar]:
        """Return the settings in force by name, for the result.

        Args:
            tokens: Visual tokens that the budget came to.
        """
        return {
            "budget": str(self.sampling.budget.budget),
            "tokens": tokens,
            "method": self.method.name,
            "before": self.before,
            "layer_keep": shown(self.sampling.layers.keep),
            "max_new_tokens": self.max_new_tokens,
            "repeat": self.repeat,
            "seed": self.sampling.seed,
        }
