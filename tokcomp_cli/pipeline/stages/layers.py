"""Layers of the language model: fewer tokens the deeper they are."""

from dataclasses import dataclass, replace

from tokcomp_cli.pipeline.stage import State
from tokcomp_cli.plan.layers import Layers


@dataclass(frozen=True, slots=True)
class LayerStage:
    """Counts the tokens inside the language model; at its input all are there."""

    layers: Layers
    name: str = "layers"

    def __call__(self, state: State) -> tuple[State, None]:
        """Return the state with the tokens that enter each layer."""
        return replace(state, layers=self.layers.schedule(state.tokens)), None
