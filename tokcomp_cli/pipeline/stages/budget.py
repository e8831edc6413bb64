"""The budget stage: the whole input keeps exactly so many tokens."""

from dataclasses import dataclass, replace

from tokcomp_cli.core.results.analysis import Scalar, TraceStep
from tokcomp_cli.errors import ContractError
from tokcomp_cli.measure.fidelity import explained_share
from tokcomp_cli.pipeline.stage import Line, State
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.budget import Reduced, reduce_to
from tokcomp_cli.reduce.progressive import token_count


@dataclass(frozen=True, slots=True)
class BudgetStage:
    """Reduces all merged frames together to the total that the budget asks for."""

    plan: ResolvedPlan
    name: str = "budget"

    def __call__(self, state: State) -> tuple[State, Line]:
        """Return merged frames that hold exactly the total, or as they are where they hold no more."""
        if state.asked is None:
            raise ContractError("the budget stage runs once the budget is known; please report this")
        how, total = self.plan.plan.budget, state.asked.total
        reduced = reduce_to(
            state.groups,
            total,
            allocate=how.allocate,
            reduce=how.reduce,
            alike=self.plan.alike,
        )
        params: dict[str, Scalar] = {"budget": str(how.budget), "tokens": total, "allocate": how.allocate}
        notes = reduced.notes
        if total > state.tokens and (caps := self.plan.caps()):
            notes = (
                *notes,
                f"{' and '.join(caps)} left no more; leave {'it' if len(caps) == 1 else 'them'} out",
            )
        line = Line(how.reduce, params, (*state.asked.budget_notes, *notes))
        return replace(state, groups=reduced.groups, trace=_trace(state, reduced)), line


def _trace(state: State, reduced: Reduced) -> tuple[TraceStep, ...]:
    """Return the steps of a progressive descent with what each loses."""
    steps, tokens = [], state.tokens
    kept = explained_share(state.groups, state.original) if reduced.steps else 1.0
    for step in reduced.steps:
        after = token_count(step.groups)
        explained = explained_share(step.groups, state.original)
        steps.append(TraceStep(step.ratio, step.method, tokens, after, kept - explained))
        tokens, kept = after, explained
    return tuple(steps)
