"""The fewest tokens over every way to merge a video, on the tokens of one decode and one encode.

Chains that merge are compared by their dendrograms, never by a rerun: the loss of every merge is known. A
method that selects tokens (evs, vidcom2, ...) is tried at the best chain's count, on clips of few tokens:
where it does not reach the target there, it needs more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from tokcomp_cli.compress import METHODS
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.results.analysis import Scalar
from tokcomp_cli.core.results.curve import ROUNDING, ChainTokens, Recommendation
from tokcomp_cli.errors import PlanError
from tokcomp_cli.fidelity.metrics import explained
from tokcomp_cli.measure.fidelity import Original, explained_share
from tokcomp_cli.pipeline.stage import Stage, State
from tokcomp_cli.pipeline.stages.whole_video import AskTokensOfVideo, ChooseOverVideo, PoolFrames
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import ResolvedPlan, resolve
from tokcomp_cli.reduce.budget import reduce_to
from tokcomp_cli.reduce.grouping import merged_frames
from tokcomp_cli.reduce.spatial import moments, whole_grid
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
        state: Of a method over the whole video: with its chosen tokens and their curve; else None.
    """

    options: Mapping[str, Scalar]
    settings: ResolvedPlan
    tokens: int | None
    state: State | None = None


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
    video: VideoTokens, original: Original, settings: ResolvedPlan, target: float, default: int | None
) -> Searched:
    """Return what each chain needs to reach a target.

    Args:
        video: All frames' tokens.
        original: What is lost is measured against.
        settings: Of the default chain.
        target: `explained` to reach.
        default: Fewest tokens of the default chain; None where none reach the target.
    """
    tokens = original.totals.patches
    chains = [Chain({}, settings, default)]
    if tokens > MOST_TOKENS:
        limit = f"{tokens:,} tokens are more than the {MOST_TOKENS:,} up to which other chains are tried"
        return Searched(tuple(chains), f"{limit}: try --temporal {SPACE_TIME}, or sample fewer frames")
    for options in _merging(settings):
        other = resolve(settings.plan.but(**options), settings.facts)
        chains.append(Chain(options, other, _fewest_merging(video, original, other, target)))
    chains.append(_over_video(video, original, settings, SPACE_TIME, target))
    chains = _ordered(chains)
    others = [one.name for one in METHODS if one.compress_video is not None and one.name != SPACE_TIME]
    if tokens > MOST_SELECTED:
        return Searched(tuple(chains), f"not tried above {MOST_SELECTED:,} tokens: {', '.join(others)}")
    best = chains[0].tokens
    selecting = (_over_video(video, original, settings, name, target, at_most=best) for name in others)
    return Searched(tuple(_ordered([*chains, *selecting])), None)


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
    groups = merged_frames(video, blank, settings)
    alone, heights, lost = torch.arange(facts.num_patches), [], 0.0
    for group in groups:
        heights.append(dendrogram(whole_grid(group, facts.grid, blank)).heights)
        lost += float(moments(group, alone, facts.num_patches, blank)[1].sum())
    steps = np.concatenate([[lost], lost + np.sort(np.concatenate(heights), kind="stable").cumsum()])
    totals = original.totals
    shares = [
        explained(float(step), totals.energy, floor=original.floor, patches=totals.patches) for step in steps
    ]
    reaching = int((np.array(shares) >= target - ROUNDING).sum())
    return len(groups) * facts.num_patches - reaching + 1 if reaching else None


def _over_video(
    video: VideoTokens,
    original: Original,
    settings: ResolvedPlan,
    name: str,
    target: float,
    *,
    at_most: int | None = None,
) -> Chain:
    """Return the chain of a method over the whole video.

    Args:
        video: All frames' tokens.
        original: What is lost is measured against.
        settings: Of the default chain.
        name: Of the method.
        target: `explained` to reach.
        at_most: Tokens that it has to reach the target with, or its own fewest are not looked for.
    """
    options: dict[str, Scalar] = {"temporal": name}
    other = resolve(settings.plan.but(**options, target=target), settings.facts)
    start = State(original, video=video)
    try:
        stages: tuple[Stage, ...] = (
            PoolFrames(other),
            ChooseOverVideo(other),
            AskTokensOfVideo(other, "easy"),
        )
        state = run_plain(stages[:2], start)
        if at_most is not None and not _reaches(state, other, target, at_most):
            return Chain(options, other, None)
        state = run_plain((AskTokensOfVideo(other, "easy"),), state)
    except PlanError:  # it needs more frames, or other tokens
        return Chain(options, other, None)
    found = state.recommendation
    point = None if found is None else found.recommended
    return Chain(options, other, None if point is None else point.tokens, state)


def _reaches(state: State, settings: ResolvedPlan, target: float, tokens: int) -> bool:
    groups = tuple(map(with_tree, state.groups))
    reduced = reduce_to(groups, tokens, allocate="cut", reduce="ward", alike=settings.alike)
    return explained_share(reduced.groups, state.original) >= target - ROUNDING


def run_plain(stages: Sequence[Stage], state: State) -> State:
    """Return the state after stages, nothing measured or recorded."""
    for stage in stages:
        state, _ = stage(state)
    return state


def with_chains(found: Recommendation, searched: Searched) -> Recommendation:
    """Return a recommendation that names the best chain, the next one, and what the default needs."""
    best = searched.best
    others = [one for one in searched.chains[1:] if one.tokens is not None]
    default = next(one for one in searched.chains if not one.options)
    return replace(
        found,
        options=dict(best.options),
        default_tokens=default.tokens,
        runner_up=ChainTokens(others[0].tokens or 0, dict(others[0].options)) if others else None,
        not_tried=searched.note,
    )
