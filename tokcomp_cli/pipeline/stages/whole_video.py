"""The stages of a method that chooses tokens over the whole video."""

from dataclasses import dataclass, replace

from tokcomp_cli.compress import find
from tokcomp_cli.compress.pool import pooled_cells
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.errors import ContractError
from tokcomp_cli.measure.curve import curve_of, recommend
from tokcomp_cli.pipeline.stage import Line, State, TokensAsked
from tokcomp_cli.pipeline.stages.ask_tokens import tokens_for_target
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.budget import asked_tokens
from tokcomp_cli.reduce.video_tokens import VideoTokens
from tokcomp_cli.reduce.whole_video import pooled_video, whole_video, with_tree


def _video(state: State) -> VideoTokens:
    if state.video is None:
        raise ContractError("a method over the whole video needs all frames' tokens; please report this")
    return state.video


@dataclass(frozen=True, slots=True)
class PoolFrames:
    """Pools every frame's grid, or leaves it as it is."""

    plan: ResolvedPlan
    name: str = "spatial"

    def __call__(self, state: State) -> tuple[State, Line]:
        """Return pooled frames, none of their tokens dropped."""
        facts, kept = self.plan.facts, self.plan.facts.num_patches
        if self.plan.spatial == "pool":
            cells = pooled_cells(facts.grid, self.plan.usual_tokens)
            kept = int(cells.max()) + 1
            group = pooled_video(_video(state), state.original.blank, facts.grid, cells)
            state = replace(state, groups=(group,), cells=cells)
        params = {"keep_ratio": kept / facts.num_patches, "tokens_per_frame": kept}
        return state, Line(self.plan.spatial, params)


@dataclass(frozen=True, slots=True)
class ChooseOverVideo:
    """Chooses tokens over the whole video."""

    plan: ResolvedPlan
    name: str = "temporal"

    def __call__(self, state: State) -> tuple[State, Line]:
        """Return the chosen tokens as one merged frame with a part for each frame."""
        video, facts, ratio = _video(state), self.plan.facts, self.plan.temporal_ratio or 0.0
        num_keep = half_up(ratio * state.tokens)
        if self.plan.plan.temporal.keep_ratio is None and self.plan.budget.kind in {"count", "percent"}:
            asked = asked_tokens(
                self.plan.budget,
                band="",
                original=len(video.features) * facts.num_patches,
                merged_frames=len(video.features),
                num_patches=facts.num_patches,
            )
            num_keep = max(num_keep, min(asked, state.tokens))
        method = find("temporal", self.plan.temporal, whole_video=True)
        chosen = whole_video(
            video, state.original.blank, facts.grid, method, num_keep=num_keep, cells=state.cells
        )
        params = {"keep_ratio": ratio, "tokens": num_keep, "merged_frames": len(video.features)}
        return replace(state, groups=(chosen,)), Line(self.plan.temporal, params)


@dataclass(frozen=True, slots=True)
class AskTokensOfVideo:
    """Finds the total of the budget among the chosen tokens.

    Attributes:
        plan: In force.
        band: Difficulty band, for the budget `auto`.
    """

    plan: ResolvedPlan
    band: str
    name: str = "fidelity"

    def __call__(self, state: State) -> tuple[State, None]:
        """Return the state with a dendrogram over all tokens, the curve and what the budget asks for."""
        groups = tuple(map(with_tree, state.groups))
        curve = curve_of(groups, state.original, self.plan)
        how, budget = self.plan.plan.budget, self.plan.budget
        found = None
        if how.target is not None:
            found = recommend(curve, target=how.target, weakest=how.weakest)
        frames, patches = len(_video(state).features), self.plan.facts.num_patches
        notes: tuple[str, ...] = ()
        if budget.kind == "target":
            total, notes = tokens_for_target(curve, self.plan)
        else:
            total = asked_tokens(
                budget,
                band=self.band,
                original=frames * patches,
                merged_frames=frames,
                num_patches=patches,
            )
            if budget.kind == "auto":
                share = total / frames / patches
                notes = (f"{self.band} input: {share:.0%} of the grid for each frame",)
        asked = TokensAsked(total, patches, (), notes)
        return replace(state, groups=groups, curve=curve, recommendation=found, asked=asked), None
