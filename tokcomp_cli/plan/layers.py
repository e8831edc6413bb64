"""Visual tokens inside the language model."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.core.setting import setting
from tokcomp_cli.errors import PlanError, near

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import LayerSchedule

Keep = tuple[float, ...] | str
"""Shares of the LLM input at depth 0, 1/4, 1/2 and 3/4, or the name of a published schedule."""
LAYER_KEEP = (1.0, 0.7, 0.5, 0.4)
NOTHING_DROPPED = (1.0,) * 4
FASTV, FASTV_LAYER, FASTV_SHARE = "fastv", 2, 0.5
PUBLISHED = {FASTV: (1.0, *(FASTV_SHARE,) * 3), "pyramiddrop": (1.0, 0.5, 0.25, 0.125)}


def parse_layer_keep(text: str) -> Keep:
    """Return what `1,0.7,0.5,0.4`, `fastv` or `pyramiddrop` stands for.

    Raises:
        PlanError: Another form.
    """
    name = text.strip().lower()
    if name in PUBLISHED:
        return name
    try:
        return tuple(float(part) for part in name.split(","))
    except ValueError:
        known = f"four shares, as 1,0.7,0.5,0.4, or {' or '.join(PUBLISHED)}"
        raise PlanError(f"`layer_keep` takes {known}; got {text!r}{near(name, PUBLISHED)}") from None


@dataclass(frozen=True, slots=True)
class Layers:
    """How the language model's layers drop visual tokens.

    Attributes:
        count: Layers of the language model.
        keep: Kept fractions of the LLM input at depth 0, 1/4, 1/2 and 3/4, or a published schedule.
    """

    count: int = setting(32, "Layers of the language model.", key="layers", alias="llm_layers")
    keep: Keep = setting(
        LAYER_KEEP,
        "Shares kept at depth 0, 1/4, 1/2, 3/4, or a schedule.",
        key="layer_keep",
        metavar="A,B,C,D|fastv|pyramiddrop",
        parse=parse_layer_keep,
    )

    def __post_init__(self) -> None:
        """Check the count and the shares.

        Raises:
            PlanError: One of them cannot be.
        """
        if not 1 <= self.count <= 1000:
            raise PlanError(f"`layers` takes 1 to 1000 layers; got {self.count}")
        if self.keep == FASTV and self.count <= FASTV_LAYER:
            raise PlanError(
                f"`layer_keep` fastv drops after {FASTV_LAYER} layers, and the model has {self.count}; "
                "use four shares"
            )
        shares = self.shares
        if any(later > earlier for earlier, later in pairwise(shares)):
            raise PlanError("`layer_keep` cannot rise: a token that was dropped does not come back")
        if len(shares) != 4 or not all(0 < share <= 1 for share in shares):
            raise PlanError(
                "`layer_keep` takes four shares above 0 and at most 1, as 1,0.7,0.5,0.4; got "
                + ",".join(f"{share:g}" for share in shares)
            )

    @property
    def shares(self) -> tuple[float, ...]:
        """Return the kept fractions at depth 0, 1/4, 1/2 and 3/4."""
        if not isinstance(self.keep, str):
            return self.keep
        if self.keep == FASTV:
            starts = (math.ceil(self.count * quarter / 4) for quarter in range(4))
            return tuple(1.0 if start < FASTV_LAYER else FASTV_SHARE for start in starts)
        return PUBLISHED[self.keep]

    def schedule(self, llm_input: int) -> "LayerSchedule":
        """Return the visual tokens that enter each layer, never below one.

        Args:
            llm_input: Visual tokens at the language model's input.

        Reference: fractions are of the input, not of the stage before, as in PyramidDrop (arXiv 2410.17247,
        layers 8, 16 and 24 of 32); the default's own fractions differ. FastV (arXiv 2403.06764) drops once,
        after layer K = 2, R = 50 %.
        """
        from tokcomp_cli.core.results.analysis import LayerSchedule

        if self.keep == FASTV:
            by_layer = [1.0] * FASTV_LAYER + [FASTV_SHARE] * (self.count - FASTV_LAYER)
        else:
            by_layer = [self.shares[layer * 4 // self.count] for layer in range(self.count)]
        return LayerSchedule(self.shares, tuple(half_up(share * llm_input) for share in by_layer))
