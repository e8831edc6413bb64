"""The fewest tokens over every way to merge a video, on the tokens of one decode and one encode.

Chains that merge are compared by their dendrograms, never by a rerun: the loss of every merge is known. A
method that selects tokens (evs, vidcom2, ...) is tried at the best chain's count, on clips of few tokens:
where it does not reach the target there, it needs more.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from tokcomp_cli.compress import METHODS
from tokcomp_cli.core.results.analysis import Scalar
from tokcomp_cli.core.results.curve import ROUNDING
from tokcomp_cli.core.timing import Progress, unwatched
from tokcomp_cli.errors import PlanError
from tokcomp_cli.measure.curve import Curve, curve_of, search
from tokcomp_cli.measure.fidelity import Original
from tokcomp_cli.pipeline.chains.chain import Chain, Searched
from tokcomp_cli.pipeline.chains.merging import curve_merging, fewest_merging
from tokcomp_cli.pipeline.stage import State
from tokcomp_cli.pipeline.stages.whole_video import ChooseOverVideo, PoolFrames
from tokcomp_cli.plan.resolved import ResolvedPlan, resolve
from tokcomp_cli.reduce.video_tokens import VideoTokens
from tokcomp_cli.reduce.whole_video import with_tree

MOST_TOKENS, MOST_SELECTED = 50_000, 4_000
RISES = (-3.0, 0.5)
"""Other thresholds, in parts of what is left above the default: from 0.9, 0.6 and 0.95."""
SPACE_TIME = "space-time"


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
        fewest = fewest_merging(video, original, other, target)
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
