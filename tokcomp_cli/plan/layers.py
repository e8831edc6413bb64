"""Visual tokens inside the language model."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.core.setting import setting
from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import LayerSchedule

LAYER_KEEP = (1.0, 0.7, 0.5, 0.4)


def parse_shares(text: str) -> tuple[float, ...]:
    """Return the shares that `1,0.7,0.5,0.4` stands for.

    Raises:
        PlanError: They are no numbers.
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise PlanError(f"`layer_keep` takes four shares, as 1,0.7,0.5,0.4; got {text!r}") from None


@dataclass(frozen=True, slots=True)
class Layers:
    """How the language model's layers drop visual tokens.

    Attributes:
        count: Layers of the language model.
        keep: Kept fractions of the LLM input at depth 0, 1/4, 1/2 and 3/4.
    """

    count: int = setting(32, "Layers of the language model.", key="layers")
    keep: tuple[float, ...] = setting(
        LAYER_KEEP,
        "Shares kept at depth 0, 1/4, 1/2, 3/4.",
        key="layer_keep",
        metavar="A,B,C,D",
        parse=parse_shares,
    )

    def __post_init__(self) -> None:
        """Check the count and the shares.

        Raises:
            PlanError: One of them cannot be.
        """
        if not 1 <= self.count <= 1000:
            raise PlanError(f"`layers` takes 1 to 1000 layers; got {self.count}")
        if any(later > earlier for earlier, later in pairwise(self.keep)):
            raise PlanError("`layer_keep` cannot rise: a token that was dropped does not come back")
        if len(self.keep) != 4 or not all(0 < share <= 1 for share in self.keep):
            raise PlanError("`layer_keep` takes four shares above 0 and at most 1, as 1,0.7,0.5,0.4")

    def schedule(self, llm_input: int) -> "LayerSchedule":
        """Return the visual tokens that enter each layer, never below one.

        Args:
            llm_input: Visual tokens at the language model's input.

        Reference: fractions are of the input, not of the stage before, as in PyramidDrop
        (arXiv 2410.17247); its own fractions differ.
        """
        from tokcomp_cli.core.results.analysis import LayerSchedule

        depths = [layer * len(self.keep) // self.count for layer in range(self.count)]
        return LayerSchedule(self.keep, tuple(half_up(self.keep[depth] * llm_input) for depth in depths))
