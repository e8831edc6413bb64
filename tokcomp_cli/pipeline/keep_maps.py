"""Which token each patch has, where content is lost, and the same at the budgets of the curve."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from torch import Tensor

from tokcomp_cli.core.results.analysis import Shown
from tokcomp_cli.core.results.curve import Recommendation
from tokcomp_cli.core.results.keep_maps import KeepMap, MergeTree, NestedMaps
from tokcomp_cli.measure.curve import CURVE_POINTS, Curve
from tokcomp_cli.measure.fidelity import Original, frame_losses
from tokcomp_cli.pipeline.stage import State
from tokcomp_cli.pipeline.timeline import timeline
from tokcomp_cli.reading.read_file import FileRead
from tokcomp_cli.reduce.merged_frame import MergedFrame, Part

LostPerPatch = Sequence[tuple[float, ...] | None]


def _shown_parts(groups: Sequence[MergedFrame]) -> Iterator[tuple[MergedFrame, Part]]:
    """Yield what has a keep-map: a merged frame, or a frame of a whole video."""
    for group in groups:
        for part in group.parts if group.whole_video else group.parts[:1]:
            yield group, part


def keep_maps(
    groups: Sequence[MergedFrame], grid: tuple[int, int], lost: LostPerPatch | None = None
) -> tuple[KeepMap, ...]:
    """Return which token each patch has, one map a merged frame, or a frame of a whole video.

    Args:
        groups: Merged frames in order of time.
        grid: Rows and columns of patches.
        lost: What each patch loses, one a map; None where it was not asked for.
    """
    parts = [part for _, part in _shown_parts(groups)]
    of_patches = [None] * len(parts) if lost is None else lost
    return tuple(
        KeepMap(grid, tuple(part.owner.tolist()), losing)
        for part, losing in zip(parts, of_patches, strict=True)
    )


def lost_per_patch(groups: Sequence[MergedFrame], original: Original) -> LostPerPatch:
    """Return what each patch loses as a share of what a patch of the input holds on average, one a map.

    It is the mean over the frames of the reservoir. Where none is of this merged frame, every patch of a
    token loses the token's mean; None where patches were pruned, too.

    Args:
        groups: Merged frames in order of time.
        original: What is lost is measured against.
    """
    totals = original.totals
    each = max(totals.energy / totals.patches, original.floor)
    seen = defaultdict(list)
    for frame, loss in zip(original.reservoir.frames, frame_losses(groups, original), strict=True):
        seen[frame.ordinal].append(loss.squared)
    ordinals, found, at = sorted(seen), list[tuple[float, ...] | None](), 0
    for group, part in _shown_parts(groups):
        last = part.last if group.whole_video else group.last
        mine = list[Tensor]()
        while at < len(ordinals) and ordinals[at] <= last:
            mine += seen[ordinals[at]]
            at += 1
        if mine:
            mean = sum(one.double() for one in mine) / len(mine)
            found.append(tuple((mean / each).tolist()))  # type: ignore[union-attr]  # there is at least one
        else:
            found.append(_lost_by_tokens(group, part, each))
    return found


def _lost_by_tokens(group: MergedFrame, part: Part, each: float) -> tuple[float, ...] | None:
    owner = part.owner
    if (owner < 0).any() or group.means is not None:
        return None
    return tuple((group.within / group.tokens.sizes / each)[owner].tolist())


def nested_maps(
    groups: Sequence[MergedFrame], curve: Curve | None, wanted: Collection[int]
) -> NestedMaps | None:
    """Return the keep-maps at the curve's budgets, or None where they are no cuts through dendrograms.

    Args:
        groups: Merged frames after the last stage, which have the keep-maps.
        curve: Of the merged frames before the budget stage.
        wanted: Totals that are among the budgets, where the dendrograms reach them.
    """
    if curve is None or not curve.exact:
        return None
    before = list(_shown_parts(curve.groups))
    if [part.first for _, part in before] != [part.first for _, part in _shown_parts(groups)]:
        return None  # some were joined
    budgets = _budgets(curve, wanted)
    counts = _tokens_of_trees(curve, budgets)
    return NestedMaps(
        tokens=tuple(budgets),
        explained=tuple(curve.explained(total) for total in budgets),
        trees=tuple(
            MergeTree(tuple(group.tree.merges.ravel().tolist()), tuple(each))
            for group, each in zip(curve.groups, counts, strict=True)
        ),
        starts=tuple(tuple(part.owner.tolist()) for _, part in before),
    )


def recommended_maps(state: State, read: FileRead, grid: tuple[int, int]) -> Shown | None:
    """Return the keep-maps of a recommendation that another way to merge makes, or None.

    Args:
        state: After the last stage.
        read: Times of the frames.
        grid: Rows and columns of patches.
    """
    curve, advice = state.other_curve, state.recommendation
    if curve is None or advice is None or advice.recommended is None:
        return None
    total = advice.recommended.tokens
    groups = curve.reduced(total)
    maps = keep_maps(groups, grid, lost_per_patch(groups, state.original))
    wanted = {total, advice.knee.tokens, *(point.tokens for point in advice.curve)}
    return Shown(total, timeline(groups, read), maps, nested_maps(groups, curve, wanted))


def wanted_totals(llm_input: int, advice: Recommendation | None) -> set[int]:
    """Return the totals that somebody speaks for: that in force, and what the same curve recommends."""
    points = () if advice is None or advice.options else (*advice.curve, advice.knee)
    return {llm_input, *(point.tokens for point in points)}


def _budgets(curve: Curve, wanted: Collection[int]) -> list[int]:
    """Return the budgets that have maps: evenly spread by ratio, with those that are wanted."""
    least, most = curve.merged_frames, curve.most
    spread = {int(total) for total in np.geomspace(least, most, CURVE_POINTS).round()}
    return sorted(total for total in spread | set(wanted) if least <= total <= most)


def _tokens_of_trees(curve: Curve, budgets: Sequence[int]) -> list[list[int]]:
    """Return how many tokens each dendrogram is cut to at each budget: one cut at equal marginal loss."""
    capacity = np.array([len(group.tokens) for group in curve.groups])
    heights = np.concatenate([group.tree.heights for group in curve.groups])
    of_group = np.repeat(np.arange(len(capacity)), capacity - 1)
    cheapest = of_group[np.argsort(heights, kind="stable")]
    left = [
        capacity - np.bincount(cheapest[: curve.most - total], minlength=len(capacity)) for total in budgets
    ]
    return [list(map(int, each)) for each in np.stack(left, axis=1)]
