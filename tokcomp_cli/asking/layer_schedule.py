"""How visual tokens thin out inside the decoder: shares by depth, or a published schedule by its name."""

from dataclasses import dataclass

from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.layers import LAYER_KEEP, Layers, parse_shares
from tokcomp_cli.vlm.base import DropPlan

PYRAMIDDROP = (1.0, 0.5, 0.25, 0.125)
FASTV_LAYER, FASTV_SHARE = 2, 0.5


@dataclass(frozen=True, slots=True)
class LayerKeep:
    """How visual tokens thin out inside the decoder.

    Attributes:
        text: As users write it.
        shares: Of the LLM input at depth 0, 1/4, 1/2, 3/4; None for FastV, which drops once.
    """

    text: str
    shares: tuple[float, ...] | None

    def plan(self, tokens: int, layers: int) -> DropPlan:
        """Return the visual tokens that enter each layer.

        Args:
            tokens: Visual tokens at the LLM input.
            layers: Of the decoder.

        Raises:
            PlanError: FastV drops at a layer that the decoder has not.
        """
        if self.shares is not None:
            return DropPlan(Layers(layers, self.shares).schedule(tokens).tokens)
        if layers <= FASTV_LAYER:
            raise PlanError(
                f"fastv drops after {FASTV_LAYER} layers, and this decoder has {layers}; use four shares"
            )
        kept = half_up(FASTV_SHARE * tokens)
        return DropPlan(
            tuple(tokens if layer < FASTV_LAYER else kept for layer in range(layers)), look_back=1
        )


DEFAULT_KEEP = LayerKeep(",".join(f"{share:g}" for share in LAYER_KEEP), LAYER_KEEP)
NOTHING_DROPPED = LayerKeep("1,1,1,1", (1.0,) * 4)


def parse_layer_keep(text: str) -> LayerKeep:
    """Return what `1,0.7,0.5,0.4`, `fastv` or `pyramiddrop` stands for.

    Reference: FastV (arXiv 2403.06764) with K = 2, R = 50 %; PyramidDrop (arXiv 2410.17247), which names
        layers 8, 16 and 24 of 32.

    Raises:
        PlanError: Another form, or shares that cannot be.
    """
    name = text.strip().lower()
    if name == "fastv":
        return LayerKeep(name, None)
    if name == "pyramiddrop":
        return LayerKeep(name, PYRAMIDDROP)
    try:
        return LayerKeep(text, Layers(keep=parse_shares(name)).keep)
    except PlanError as error:
        raise PlanError(f"{error}; fastv and pyramiddrop are known too") from None
