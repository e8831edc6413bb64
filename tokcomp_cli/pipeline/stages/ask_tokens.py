"""How many tokens the budget asks for; known before the spatial stage, which must keep enough."""

from dataclasses import dataclass, replace

from tokcomp_cli.core.results.curve import Recommendation
from tokcomp_cli.measure.curve import Curve, curve_of, recommend, search
from tokcomp_cli.pipeline.stage import Line, State, TokensAsked
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.budget import allocation, asked_tokens


@dataclass(frozen=True, slots=True)
class AskTokens:
    """Finds the total of the budget, and the tokens a merged frame must keep for it.

    Attributes:
        plan: In force.
        band: Difficulty band, for the budget `auto`.
    """

    plan: ResolvedPlan
    band: str
    name: str = "fidelity"

    def __call__(self, state: State) -> tuple[State, Line | None]:
        """Return the state with the curve, the recommendation and what the budget asks for."""
        curve = curve_of(state.groups, state.original, self.plan)
        target = self.plan.plan.budget.target
        found = None
        if target is not None and not self.plan.plan.tiers_in_ledger:
            found = self._recommended(state, curve, target)
        asked = self._asked(state, curve)
        return replace(state, curve=curve, recommendation=found, asked=asked), None

    def _recommended(self, state: State, curve: Curve, target: float) -> Recommendation:
        """Return the measured budget, with the ratio to ask for where a count alone would not raise it."""
        found = recommend(curve, target=target)
        if found.recommended is None or not self.plan.may_widen:
            return found
        how = self.plan.plan.budget
        wanted = allocation(state.groups, max(found.recommended.tokens, len(state.groups)), how.allocate)
        enough = how.reduce == "ward" and max(wanted) <= self.plan.usual_tokens
        return found if enough else replace(found, spatial_ratio=1.0)

    def _asked(self, state: State, curve: Curve) -> TokensAsked:
        patches, usual = self.plan.facts.num_patches, self.plan.usual_tokens
        if self.plan.budget.kind == "target":
            total, wanted, notes = self._for_target(state, curve)
        else:
            groups = len(state.groups)
            total = asked_tokens(
                self.plan.budget,
                band=self.band,
                original=sum(group.frames for group in state.groups) * patches,
                merged_frames=groups,
                num_patches=patches,
            )
            wanted, notes = usual, ()
            if self.plan.budget.kind == "auto":
                wanted = -(-total // groups)
                share = total / groups / patches
                notes = (f"{self.band} input: {share:.0%} of the grid for each merged frame",)
        if not self.plan.may_widen or wanted <= usual:
            return TokensAsked(total, usual, (), notes)
        raised = (
            f"the ratio was raised from {self.plan.spatial_ratio:g} to {wanted / patches:.3g}, "
            "as the budget asks"
        )
        return TokensAsked(total, wanted, (raised,), notes)

    def _for_target(self, state: State, curve: Curve) -> tuple[int, int, tuple[str, ...]]:
        """Return the total that reaches the target, what a merged frame must keep for it, and notes."""
        value, how = self.plan.budget.value, self.plan.plan.budget
        found = search(curve, value)
        total = curve.most if found is None else found
        wanted = max(allocation(state.groups, max(total, len(state.groups)), how.allocate))
        if how.reduce == "steps":  # they are searched from the whole grid, so they start there
            wanted = self.plan.facts.num_patches
        if found is not None:
            return total, wanted, ()
        best = curve.explained(curve.most)
        return total, wanted, (f"no budget reaches {value:g}: with all tokens {best:.4f} is explained",)
