"""How visual tokens thin out inside the decoder."""

from tokcomp_cli.plan.layers import FASTV, Keep, Layers
from tokcomp_cli.vlm.base import DropPlan


def drop_plan(keep: Keep, tokens: int, layers: int) -> DropPlan:
    """Return the visual tokens that enter each layer.

    Args:
        keep: Shares by depth, or a published schedule.
        tokens: Visual tokens at the LLM input.
        layers: Of the decoder.

    Raises:
        PlanError: FastV drops at a layer that the decoder does not have.
    """
    return DropPlan(Layers(layers, keep).schedule(tokens).tokens, look_back=int(keep == FASTV))
