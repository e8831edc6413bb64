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
        how, found = self.plan.plan.budget, None
        if how.target is not None and not self.plan.plan.tiers_in_ledger:
            found = recommend(curve, target=how.target, weakest=how.weakest)
            if how.reduce == "steps" and self.plan.may_widen:
                found = replace(found, options={"spatial_ratio": 1.0})  # where the search starts from
        asked = self._asked(state, curve)
        return replace(state, curve=curve, recommendation=found, asked=asked), None

    def _asked(self, state: State, curve: Curve) -> TokensAsked:
        patches, groups = self.plan.facts.num_patches, len(state.groups)
        notes: tuple[str, ...] = ()
        if self.plan.budget.kind == "target":
            total, notes = tokens_for_target(curve, self.plan)
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


def tokens_for_target(curve: Curve, plan: ResolvedPlan) -> tuple[int, tuple[str, ...]]:
    """Return the total that the budget `target=` asks for, all there are where none reaches it, and notes."""
    target, weakest, most = plan.budget.value, plan.plan.budget.weakest, curve.most
    found = search(curve, target, weakest)
    if found is not None:
        return found, ()
    asked, left = f"{target:g}", f"with all {most:,} tokens {curve.explained(most):.4f} is explained"
    if weakest is not None:
        asked += f" and {weakest:g} at the weakest"
        left += f", {curve.weakest(most).explained:.4f} at the weakest"
    more = "" if plan.temporal_ratio is None else "; raise --temporal-ratio"
    return most, (f"no budget reaches {asked}: {left}{more}",)
