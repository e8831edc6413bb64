"""Run one method on a case: merged frames out, with the milliseconds it took."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.comparison.inputs import ComparisonInput
from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.core.tokens import Compressed, TokenSet
from tokcomp_cli.reduce.budget import reduce_to
from tokcomp_cli.reduce.merged_frame import FrameAccumulator, MergedFrame
from tokcomp_cli.reduce.spatial import assembled, carry, close, compress
from tokcomp_cli.reduce.whole_video import UNCUT, whole_video

QUICK_MS, REPEATS = 50.0, 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """Merged frames after a method, and the milliseconds that the method took."""

    groups: tuple[MergedFrame, ...]
    ms: float

    @property
    def tokens(self) -> int:
        """Return the tokens that are left."""
        return sum(len(group.tokens) for group in self.groups)


def timed(work: Callable[[], list[Compressed]]) -> tuple[list[Compressed], float]:
    """Return what some work makes and the milliseconds it takes: the least of three where quick."""
    spent: list[float] = []
    while not spent or (len(spent) < REPEATS and spent[0] < QUICK_MS):
        start = time.perf_counter()
        results = work()
        spent.append((time.perf_counter() - start) * 1000)
    return results, min(spent)


def within_frames(case: ComparisonInput, method: Method, *, seed: int, repeat: bool = True) -> Outcome:
    """Return what a spatial method makes of the merged frames, an equal share of the tokens each.

    Args:
        case: The input.
        method: Any spatial method.
        seed: For methods that draw.
        repeat: Whether to run quick methods more than once, for the time.
    """

    def work() -> list[Compressed]:
        generator = torch.Generator().manual_seed(seed)
        return [
            compress(method, grid, count, generator)
            for grid, count in zip(case.grids, case.counts, strict=True)
        ]

    results, spent = timed(work) if repeat else (work(), 0.0)
    return Outcome(tuple(_closed(case, results)), spent)


def around(case: ComparisonInput, method: Method) -> tuple[Outcome, Outcome]:
    """Return what a grid method makes at the nearest counts below and above the asked one."""
    below = within_frames(case, method, seed=case.plan.seed)
    generator = torch.Generator().manual_seed(case.plan.seed)
    above = [
        next(
            result
            for num_keep in range(count, len(grid) + 1)
            if len((result := compress(method, grid, num_keep, generator)).sizes) >= count
        )
        for grid, count in zip(case.grids, case.counts, strict=True)
    ]
    return below, Outcome(tuple(_closed(case, above)), below.ms)


def _closed(case: ComparisonInput, results: Sequence[Compressed]) -> list[MergedFrame]:
    return [
        fixed(case, group, carry(grid, result.features, result.owner), result.owner)
        for group, grid, result in zip(case.groups, case.grids, results, strict=True)
    ]


def fixed(case: ComparisonInput, group: FrameAccumulator, tokens: TokenSet, owner: Tensor) -> MergedFrame:
    """Return a merged frame that nothing will cut any more, from its tokens and their owners."""
    return assembled(
        group,
        tokens,
        owner,
        blank=case.blank,
        tree=UNCUT,
        spatial_loss=np.zeros(1),
        signals=group.signals,
    )


def chained(case: ComparisonInput, temporal: str, *, reduce: str) -> Outcome:
    """Return what stage after stage makes: half of each frame's tokens, merged frames, then the budget.

    Args:
        case: The input.
        temporal: The temporal method.
        reduce: `ward` or `steps`.
    """
    start = time.perf_counter()
    groups = case.regrouped(temporal)
    patches = case.facts.num_patches
    usual = half_up(case.settings.spatial_ratio * patches)
    num_keep = usual if case.total <= usual * len(groups) else patches
    closed = [_warded(case, group, num_keep) for group in groups]
    reduced = reduce_to(
        closed,
        case.total,
        allocate=case.plan.budget.allocate,
        reduce=reduce,
        alike=case.settings.alike,
    )
    return Outcome(reduced.groups, (time.perf_counter() - start) * 1000)


def one_shot(case: ComparisonInput, counts: Sequence[int]) -> Outcome:
    """Return what ward makes of every sampled frame when no frames are merged.

    Args:
        case: The input.
        counts: Tokens of each frame.
    """
    start = time.perf_counter()
    frames = zip(case.regrouped("none"), counts, strict=True)
    closed = tuple(_warded(case, group, count) for group, count in frames)
    return Outcome(closed, (time.perf_counter() - start) * 1000)


def _warded(case: ComparisonInput, group: FrameAccumulator, num_keep: int) -> MergedFrame:
    return close(
        group,
        grid=case.facts.grid,
        blank=case.blank,
        floor=case.facts.floor,
        method=find("spatial", "ward"),
        num_keep=num_keep,
        generator=torch.Generator(),
    )


def over_time(case: ComparisonInput, method: Method) -> Outcome:
    """Return what a temporal method over the whole video keeps of all frames.

    Args:
        case: The input.
        method: A temporal method over the whole video.
    """
    start = time.perf_counter()
    group = whole_video(case.video, case.blank, case.facts.grid, method, num_keep=case.total)
    return Outcome((group,), (time.perf_counter() - start) * 1000)
