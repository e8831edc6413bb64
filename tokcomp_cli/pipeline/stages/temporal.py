"""The temporal stage: frames of one merged frame share its tokens."""

from dataclasses import dataclass, replace

from tokcomp_cli.core.results.analysis import Scalar
from tokcomp_cli.pipeline.stage import Line, State
from tokcomp_cli.plan.resolved import ResolvedPlan


@dataclass(frozen=True, slots=True)
class TemporalStage:
    """Counts the tokens of each merged frame once; which frames are merged was decided as they came.

    Attributes:
        plan: In force.
        notes: What was changed about merging, each a sentence.
    """

    plan: ResolvedPlan
    notes: tuple[str, ...] = ()
    name: str = "temporal"

    def __call__(self, state: State) -> tuple[State, Line]:
        """Return the same merged frames, whose frames share their tokens from now on."""
        params = {**self._settings(), "merged_frames": state.merged_frames}
        return replace(state, per_frame=False), Line(self.plan.temporal, params, self.notes)

    def _settings(self) -> dict[str, Scalar]:
        if self.plan.temporal == "uniform":
            return {"every": self.plan.plan.temporal.every}
        if self.plan.temporal == "none":
            return {}
        return {"threshold": self.plan.threshold, "similarity": self.plan.similarity}
