"""The spatial stage: each merged frame's grid keeps fewer tokens."""

from dataclasses import dataclass, replace

from tokcomp_cli.compress import find
from tokcomp_cli.errors import ContractError
from tokcomp_cli.pipeline.stage import Line, State
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.cut import narrowed


@dataclass(frozen=True, slots=True)
class SpatialStage:
    """Cuts each merged frame to the tokens that the budget can ask for.

    Merged frames were partitioned when they closed, at the largest ratio that may be asked for.
    """

    plan: ResolvedPlan
    name: str = "spatial"

    def __call__(self, state: State) -> tuple[State, Line]:
        """Return merged frames with fewer tokens; each frame still counts its own."""
        if state.asked is None:
            raise ContractError("the spatial stage runs once the budget is known; please report this")
        asked, method = state.asked.num_keep, find("spatial", self.plan.spatial)
        groups = narrowed(state.groups, [min(asked, len(group.tokens)) for group in state.groups])
        most, notes = max(len(group.tokens) for group in groups), state.asked.spatial_notes
        if not method.any_count and most < asked:
            notes += (f"{asked} tokens a frame were asked for; the nearest grid below has {most}",)
        if method.weighted and any(group.frames > 1 for group in groups):
            notes += (
                f"the weights of {method.name} are those of the merged frame: its vectors stand for every "
                "frame of it, so what merging frames loses is in this line already",
            )
        if method.weights is not None:
            notes += (f"{method.name}: checkpoint {method.weights.sha256[:12]}",)
        line = Line(
            method.name,
            {"keep_ratio": most / self.plan.facts.num_patches, "tokens_per_frame": most},
            notes,
            weighted=method.weighted,
            merges=method.merges,
        )
        return replace(state, groups=groups, per_frame=True), line
