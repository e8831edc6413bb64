"""A way to merge a video, what a search over several found, and the advice that follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tokcomp_cli.core.results.analysis import Scalar
from tokcomp_cli.core.results.curve import ChainTokens, Recommendation
from tokcomp_cli.measure.curve import Curve, recommend
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import ResolvedPlan


@dataclass(frozen=True, slots=True)
class Chain:
    """One way to merge a video, and the fewest tokens with which it reaches the target.

    Attributes:
        options: Settings that choose it, by key; none for the default.
        settings: In force with them.
        tokens: Fewest tokens that reach the target; None where none do.
        curve: Makes its curve.
    """

    options: Mapping[str, Scalar]
    settings: ResolvedPlan
    tokens: int | None
    curve: Callable[[], Curve]


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search over chains found.

    Attributes:
        chains: Those that were tried, the fewest tokens first; those that do not reach the target last.
        note: What was not tried, or None.
    """

    chains: tuple[Chain, ...]
    note: str | None

    @property
    def best(self) -> Chain:
        """Return the chain with the fewest tokens; the default one where several have as few."""
        return self.chains[0]


def may_search(plan: Plan) -> bool:
    """Return whether a plan leaves the chain open: nothing of how tokens are merged was chosen."""
    how = plan.budget
    chosen = (plan.spatial.method, plan.spatial.keep_ratio, plan.temporal.method, plan.temporal.threshold)
    return (
        chosen == (None,) * 4
        and plan.preset is None
        and plan.tiers is None
        and (how.allocate, how.reduce) == ("cut", "ward")
    )


def advise(searched: Searched, curve: Curve, target: float, weakest: float | None) -> Recommendation:
    """Return the recommendation of the best chain, which names the next one, and what the default needs.

    Args:
        searched: What the search found.
        curve: Of its best chain.
        target: `explained` to reach.
        weakest: What the weakest moment has to keep, too.
    """
    best = searched.best
    others = [one for one in searched.chains[1:] if one.tokens is not None]
    default = next(one for one in searched.chains if not one.options)
    return replace(
        recommend(curve, target=target, weakest=weakest),
        options=dict(best.options),
        default_tokens=default.tokens,
        runner_up=ChainTokens(others[0].tokens or 0, dict(others[0].options)) if others else None,
        not_tried=searched.note,
    )
