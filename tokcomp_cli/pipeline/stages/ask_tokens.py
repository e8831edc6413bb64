"""How many tokens the budget asks for; known before the spatial stage, which must keep enough."""

from dataclasses import dataclass, replace

from tokcomp_cli.measure.curve import Curve, curve_of, recommend, search
from tokcomp_cli.pipeline.stage import Line, State, TokensAsked
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.budget import allocation, asked_tokens
from tokcomp_cli.reduce.progressive import token_count


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
            found = recommend(curve, target=target)
        asked = self._asked(state, curve)
        return replace(state, curve=curve, recommendation=found, asked=asked), None

    def _asked(self, state: State, curve: Curve) -> TokensAsked:
        patches, groups = self.plan.facts.num_patches, len(state.groups)
        notes: tuple[str, ...] = ()
        if self.plan.budget.kind == "target":
            total, notes = self._for_target(curve)
        else:
            total = asked_tokens(
                self.plan.budget,
                band=self.band,
                original=sum(group.frames for group in state.groups) * patches,
                merged_frames=groups,
                num_patches=patches,
            )
            if self.plan.budget.kind == "auto":
                share = total / groups / patches
                notes = (f"{self.band} input: {share:.0%} of the grid for each merged frame",)
        wanted, usual = self._wanted(state, total), self.plan.usual_tokens
        if not self.plan.may_widen or wanted <= usual:
            return TokensAsked(total, usual, (), notes)
        raised = (
            f"the ratio was raised from {self.plan.spatial_ratio:g} to {wanted / patches:.3g}, "
            "as the budget asks"
        )
        return TokensAsked(total, wanted, (raised,), notes)

    def _wanted(self, state: State, total: int) -> int:
        """Return the tokens that a merged frame must keep at most for a total."""
        how = self.plan.plan.budget
        if how.reduce == "steps" and self.plan.budget.kind == "target":
            return self.plan.facts.num_patches  # they are searched from the whole grid, so they start there
        groups = state.groups
        there = min(max(total, len(groups)), token_count(groups))
        return max(allocation(groups, there, how.allocate))

    def _for_target(self, curve: Curve) -> tuple[int, tuple[str, ...]]:
        """Return the total that reaches the target, all there are where none does, and notes."""
        value = self.plan.budget.value
        found = search(curve, value)
        if found is not None:
            return found, ()
        best = curve.explained(curve.most)
        return curve.most, (f"no budget reaches {value:g}: with all tokens {best:.4f} is explained",)
