"""The fewest tokens over every way to merge a video, on the tokens of one decode and one encode.

Chains that merge are compared by their dendrograms, never by a rerun: the loss of every merge is known. A
method that selects tokens (evs, vidcom2, ...) is tried at the best chain's count, on clips of few tokens:
where it does not reach the target there, it needs more.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from tokcomp_cli.compress import METHODS, find
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.results.analysis import Scalar
from tokcomp_cli.core.results.curve import ROUNDING, ChainTokens, Recommendation
from tokcomp_cli.core.timing import Progress, unwatched
from tokcomp_cli.errors import PlanError
from tokcomp_cli.fidelity.metrics import explained
from tokcomp_cli.measure.along_tree import lost_along
from tokcomp_cli.measure.curve import Curve, curve_of, recommend, search
from tokcomp_cli.measure.fidelity import Original
from tokcomp_cli.pipeline.stage import State
from tokcomp_cli.pipeline.stages.whole_video import ChooseOverVideo, PoolFrames
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import ResolvedPlan, resolve
from tokcomp_cli.reduce.grouping import merged_frames
from tokcomp_cli.reduce.spatial import close, whole_grid
from tokcomp_cli.reduce.vectors import many
from tokcomp_cli.reduce.video_tokens import VideoTokens
from tokcomp_cli.reduce.whole_video import with_tree

MOST_TOKENS, MOST_SELECTED = 50_000, 4_000
RISES = (0.25, 0.5)
SPACE_TIME = "space-time"


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


def search_chains(
    video: VideoTokens,
    original: Original,
    settings: ResolvedPlan,
    default: Curve,
    target: float,
    progress: Progress = unwatched,
) -> Searched:
    """Return what each chain needs to reach a target, and the settings' least for the weakest moment.

    Args:
        video: All frames' tokens.
        original: What is lost is measured against.
        settings: Of the default chain.
        default: Its curve.
        target: `explained` to reach.
        progress: Called with ways to merge done and to do.
    """
    weakest = settings.plan.budget.weakest
    first = Chain({}, settings, search(default, target), lambda: default)
    tokens = original.totals.patches
    if tokens > MOST_TOKENS:
        limit = f"{tokens:,} tokens are more than the {MOST_TOKENS:,} up to which other chains are tried"
        limit = f"{limit}: try --temporal {SPACE_TIME}, or sample fewer frames"
        return Searched((replace(first, tokens=search(default, target, weakest)),), limit)
    chains, merging = [first], list(_merging(settings))
    others = [one.name for one in METHODS if one.compress_video is not None and one.name != SPACE_TIME]
    to_do = len(merging) + 1 + (len(others) if tokens <= MOST_SELECTED else 0)
    for number, options in enumerate(merging):
        progress(number, to_do)
        other = resolve(settings.plan.but(**options), settings.facts)
        fewest = _fewest_merging(video, original, other, target)
        chains.append(Chain(options, other, fewest, partial(curve_merging, video, original, other)))
    progress(len(merging), to_do)
    chains += _over_video(video, original, settings, SPACE_TIME, target)
    note: str | None = None
    if tokens > MOST_SELECTED:
        note = f"not tried above {MOST_SELECTED:,} tokens: {', '.join(others)}"
    else:
        best = _ordered(chains)[0].tokens if weakest is None else None
        for number, name in enumerate(others, start=len(merging) + 1):
            progress(number, to_do)
            chains += _over_video(video, original, settings, name, target, at_most=best)
    progress(to_do, to_do)
    chains = _ordered(chains)
    return Searched(tuple(chains if weakest is None else _holding(chains, target, weakest)), note)


def _holding(chains: list[Chain], target: float, weakest: float) -> list[Chain]:
    """Return chains with the fewest tokens at which the weakest moment keeps enough, too.

    What reaches the target is the least that a chain needs: one that cannot be among the first two is not
    looked at, unless it is the default.
    """
    found: list[Chain] = []
    for chain in chains:
        second = sorted(one.tokens for one in found if one.tokens is not None)[1:2]
        tokens = None
        if chain.tokens is not None and (not chain.options or chain.tokens < min(second, default=math.inf)):
            tokens = search(chain.curve(), target, weakest)
        found.append(replace(chain, tokens=tokens))
    return _ordered(found)


def _merging(settings: ResolvedPlan) -> Iterator[dict[str, Scalar]]:
    """Yield the options of the merging chains that are tried beside the default."""
    yield {"temporal": "none"}
    for rise in RISES:
        threshold = round(settings.threshold + (1 - settings.threshold) * rise, 2)
        yield {"temporal": "frame-merge", "threshold": threshold}


def _ordered(chains: list[Chain]) -> list[Chain]:
    return sorted(chains, key=lambda one: (one.tokens is None, one.tokens or 0))


def _fewest_merging(
    video: VideoTokens, original: Original, settings: ResolvedPlan, target: float
) -> int | None:
    """Return the fewest tokens of merged frames, at least one each, that reach a target, or None."""
    blank, facts = original.blank, settings.facts
    tree_of = find("spatial", settings.spatial).tree or dendrogram
    alone, reservoir = torch.arange(facts.num_patches), original.reservoir
    heights, added, lost = [], [], 0.0
    for group in merged_frames(video, blank, settings):
        grid = whole_grid(group, facts.grid, blank)
        tree = tree_of(grid)
        known = [one for one in reservoir.frames if group.first <= one.ordinal < group.first + group.frames]
        base, more = lost_along(grid.content, grid.sizes, tree, [(one, alone) for one in known])
        heights.append(tree.heights)
        added.append(more)
        lost += base
    order = np.argsort(np.concatenate(heights), kind="stable")
    steps = np.concatenate([[lost], lost + np.concatenate(added)[order].cumsum()])
    energy, patches = reservoir.energy, reservoir.patches
    shares = [explained(float(step), energy, floor=original.floor, patches=patches) for step in steps]
    reaching = np.flatnonzero(np.array(shares) >= target - ROUNDING)
    return len(heights) * facts.num_patches - int(reaching[-1]) if len(reaching) else None


def curve_merging(video: VideoTokens, original: Original, settings: ResolvedPlan) -> Curve:
    """Return the curve of a chain that merges frames."""
    facts = settings.facts
    groups = [
        close(
            group,
            grid=facts.grid,
            blank=original.blank,
            floor=facts.floor,
            method=find("spatial", settings.spatial),
            num_keep=settings.widest_tokens,
            generator=torch.Generator(),
            half=many(index * facts.num_patches, facts.dim),
        )
        for index, group in enumerate(merged_frames(video, original.blank, settings))
    ]
    return curve_of(groups, original, settings)


def _over_video(
    video: VideoTokens,
    original: Original,
    settings: ResolvedPlan,
    name: str,
    target: float,
    *,
    at_most: int | None = None,
) -> list[Chain]:
    """Return the chain of a method over the whole video; none where it cannot work on it.

    Args:
        video: All frames' tokens.
        original: What is lost is measured against.
        settings: Of the default chain.
        name: Of the method.
        target: `explained` to reach.
        at_most: Tokens that it has to reach the target with, or its own fewest are not looked for.
    """
    options: dict[str, Scalar] = {"temporal": name}
    other = resolve(settings.plan.but(**options), settings.facts)
    state = State(original, video=video)
    try:
        for stage in (PoolFrames(other), ChooseOverVideo(other)):
            state, _ = stage(state)
    except PlanError:  # it needs more frames, or other tokens
        return []
    curve = curve_of(tuple(map(with_tree, state.groups)), original, other)
    tokens = None
    if at_most is None or curve.explained(min(at_most, curve.most)) >= target - ROUNDING:
        tokens = search(curve, target)
    return [Chain(options, other, tokens, lambda: curve)]


def advise(searched: Searched, target: float, weakest: float | None) -> Recommendation:
    """Return the recommendation of the best chain, which names the next one, and what the default needs.

    Args:
        searched: What the search found.
        target: `explained` to reach.
        weakest: What the weakest moment has to keep, too.
    """
    best = searched.best
    others = [one for one in searched.chains[1:] if one.tokens is not None]
    default = next(one for one in searched.chains if not one.options)
    return replace(
        recommend(best.curve(), target=target, weakest=weakest),
        options=dict(best.options),
        default_tokens=default.tokens,
        runner_up=ChainTokens(others[0].tokens or 0, dict(others[0].options)) if others else None,
        not_tried=searched.note,
    )
