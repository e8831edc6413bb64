"""Which budget: the curve of `explained` against tokens, read off the dendrograms."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from torch import Tensor

from tokcomp_cli.compress import find
from tokcomp_cli.core.memory import giving_back
from tokcomp_cli.core.results.curve import ROUNDING, CurvePoint, Recommendation, Weakest
from tokcomp_cli.fidelity.metrics import explained
from tokcomp_cli.measure.along_tree import by_group, lost_along
from tokcomp_cli.measure.fidelity import Original, explained_share
from tokcomp_cli.measure.weakest import weakest_of
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.budget import Reduced, reduce_to, smallest_holding, smallest_reaching
from tokcomp_cli.reduce.merged_frame import MergedFrame, part_at
from tokcomp_cli.reduce.progressive import token_count

CURVE_POINTS, MEASURED_POINTS = 33, 13
MOST_TRIED = 256


class Curve:
    """`explained` as a function of the total of tokens.

    From one token a merged frame upwards it is a cumulative sum over all dendrograms, of which each merge is
    followed on the frames that are known whole. Elsewhere (fewer tokens than merged frames, another way to
    allocate or reduce, pruned patches, tokens that are no exact means) the budget stage is run and measured.

    Attributes:
        merged_frames: Merged frames.
        most: Tokens that are there.
        exact: Whether it is a look-up.
        groups: The merged frames, before any budget.
    """

    def __init__(
        self,
        groups: Sequence[MergedFrame],
        original: Original,
        reduce: Callable[[int], Reduced],
        *,
        exact: bool,
        grid: tuple[int, int],
    ) -> None:
        self.groups = tuple(groups)
        self.merged_frames = len(groups)
        self.most = token_count(groups)
        self.exact = exact
        self._original, self._reduce, self._grid = original, reduce, grid
        self._weakest: dict[int, Weakest] = {}
        self._measured: dict[int, float] = {}
        self._lost = _losses(groups, original) if exact else np.empty(0)

    def explained(self, total: int) -> float:
        """Return `explained` at a total of 1 to `most` tokens."""
        if self.exact and total >= self.merged_frames:
            reservoir, floor = self._original.reservoir, self._original.floor
            lost = float(self._lost[self.most - total])
            return explained(lost, reservoir.energy, floor=floor, patches=reservoir.patches)
        if total not in self._measured:
            self._measured[total] = explained_share(self.reduced(total), self._original)
        return self._measured[total]

    def reduced(self, total: int) -> tuple[MergedFrame, ...]:
        """Return the merged frames at a total of 1 to `most` tokens."""
        return tuple(self._reduce(total).groups)

    def weakest(self, total: int) -> Weakest:
        """Return the weakest moment or region at a total of 1 to `most` tokens, measured."""
        if total not in self._weakest:
            self._weakest[total] = weakest_of(self.reduced(total), self._original, self._grid)
        return self._weakest[total]

    def values(self) -> npt.NDArray[np.float64]:
        """Return `explained` at `merged_frames`, one more, ..., `most` tokens of an exact curve."""
        reservoir = self._original.reservoir
        energy = max(reservoir.energy, self._original.floor * reservoir.patches)
        shares: npt.NDArray[np.float64] = 1 - np.maximum(self._lost[::-1], 0.0) / energy
        return shares

    def point(self, total: int) -> CurvePoint:
        """Return a total with what it explains, and what its last token adds where that is a look-up."""
        known = self.exact and total > self.merged_frames
        marginal = self.explained(total) - self.explained(total - 1) if known else None
        return CurvePoint(total, self.explained(total), marginal)


def _losses(groups: Sequence[MergedFrame], original: Original) -> npt.NDArray[np.float64]:
    """Return what is lost at all tokens, one fewer, ..., one a merged frame, along all dendrograms."""
    order = np.argsort(np.concatenate([group.tree.heights for group in groups]), kind="stable")
    known = by_group(original.reservoir.frames, [group.first for group in groups])
    base, added = 0.0, []
    for index, group in giving_back(enumerate(groups)):
        owned = [(one, _owner_of(group, one.ordinal)) for one in known.get(index, ())]
        lost, more = lost_along(group.tokens.content, group.tokens.sizes, group.tree, owned)
        base += lost
        added.append(more)
    return np.concatenate([[base], base + np.concatenate(added)[order].cumsum()])


def _owner_of(group: MergedFrame, ordinal: int) -> Tensor:
    return group.parts[part_at(group, ordinal)].owner_of(ordinal)


def curve_of(groups: Sequence[MergedFrame], original: Original, plan: ResolvedPlan) -> Curve:
    """Return the curve of merged frames that are kept at the largest ratio that may be asked for.

    Args:
        groups: Merged frames.
        original: What they are measured against.
        plan: For the way to allocate and reduce, and whether tokens are exact means.
    """
    how, spatial = plan.plan.budget, find("spatial", plan.spatial)
    reduce = partial(reduce_to, groups, allocate=how.allocate, reduce=how.reduce, alike=plan.alike)
    exact = (
        spatial.merges
        and not spatial.weighted
        and (plan.temporal in {"frame-merge", "none"} or _owns_all(groups, original, plan))
        and (how.allocate, how.reduce) == ("cut", "ward")
    )
    return Curve(groups, original, reduce, exact=exact, grid=plan.facts.grid)


def _owns_all(groups: Sequence[MergedFrame], original: Original, plan: ResolvedPlan) -> bool:
    """Return whether a method over the whole video merged tokens to means and pruned none."""
    method = find("temporal", plan.temporal, whole_video=True)
    owned = sum(int(group.tokens.sizes.sum()) for group in groups)
    means = method.compress_video is not None and method.merges and not method.weighted
    return means and owned == original.totals.patches


def knee(points: Sequence[CurvePoint]) -> CurvePoint:
    """Return the point farthest above the straight line from the first to the last.

    Reference: Satopaa et al. 2011, "Finding a Kneedle in a Haystack".
    """
    first, last = points[0], points[-1]
    width = max(1, last.tokens - first.tokens)
    rise = last.explained - first.explained

    def above(point: CurvePoint) -> float:
        return point.explained - first.explained - rise * (point.tokens - first.tokens) / width

    return max(points, key=above)


def recommend(curve: Curve, *, target: float, weakest: float | None = None) -> Recommendation:
    """Return the smallest budget that reaches the target, with the curve behind it.

    Args:
        curve: Of merged frames at the largest ratio that may be asked for.
        target: `explained` to reach.
        weakest: `explained` that the weakest moment or region has to keep, too.
    """
    found = search(curve, target, weakest)
    least = min(found or curve.merged_frames, curve.merged_frames)
    counts = np.geomspace(least, curve.most, CURVE_POINTS if curve.exact else MEASURED_POINTS).round()
    wanted = {int(count) for count in counts} | ({found} if found else set())
    points = tuple(curve.point(count) for count in sorted(wanted))
    return Recommendation(
        target=target,
        recommended=curve.point(found) if found else None,
        reachable=curve.explained(curve.most),
        knee=knee(points),
        curve=points,
        fewest=curve.most <= MOST_TRIED or (curve.exact and weakest is None),
        weakest_asked=weakest,
        weakest=curve.weakest(found or curve.most),
    )


def search(curve: Curve, target: float, weakest: float | None = None) -> int | None:
    """Return the smallest total that reaches the target, and at whose weakest enough is kept, or None.

    Bisection for the weakest finds a total that holds where the next smaller does not; up to a frame's worth
    of tokens every total is tried.
    """
    reaching = _reaching(curve, target)
    if reaching is None or weakest is None:
        return reaching

    def holds(total: int) -> bool:
        enough = curve.explained(total) >= target - ROUNDING
        return enough and curve.weakest(total).explained >= weakest - ROUNDING

    if curve.most <= MOST_TRIED:
        return next((total for total in range(reaching, curve.most + 1) if holds(total)), None)
    return smallest_holding(holds, reaching, curve.most)


def _reaching(curve: Curve, target: float) -> int | None:
    """Return the smallest total whose `explained` reaches the target, or None.

    A curve that is no look-up may fall in places: up to a frame's worth of tokens every total is tried, from
    below; above that bisection finds one that reaches where the next smaller does not. Totals below one token
    a merged frame are searched only where one each already suffices.
    """
    if not curve.exact and curve.most <= MOST_TRIED:
        totals = range(1, curve.most + 1)
        return next((total for total in totals if curve.explained(total) >= target - ROUNDING), None)
    if curve.merged_frames > 1 and curve.explained(curve.merged_frames) >= target - ROUNDING:
        return smallest_reaching(curve.explained, target, curve.merged_frames)
    if curve.exact:  # skipped frames may make it fall in places
        reaching = np.flatnonzero(curve.values() >= target - ROUNDING)
        return curve.merged_frames + int(reaching[0]) if len(reaching) else None
    return smallest_reaching(curve.explained, target, curve.most)
