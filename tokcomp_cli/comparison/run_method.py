"""Run one method on an input: merged frames out, with the milliseconds it took."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.comparison.inputs import ComparisonInput
from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.video import flat
from tokcomp_cli.core.memory import giving_back
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.core.tokens import Compressed, TokenSet
from tokcomp_cli.errors import PlanError
from tokcomp_cli.reduce.budget import reduce_to
from tokcomp_cli.reduce.frame_accumulator import FrameAccumulator
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.spatial import assembled, carry, close, compress
from tokcomp_cli.reduce.vectors import many
from tokcomp_cli.reduce.whole_video import UNCUT, owned_by, whole_video

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


def within_frames(given: ComparisonInput, method: Method, *, seed: int, repeat: bool = True) -> Outcome:
    """Return what a spatial method makes of the merged frames, an equal share of the tokens each.

    Args:
        given: The input.
        method: Any spatial method.
        seed: For methods that draw.
        repeat: Whether to run quick methods more than once, for the time.
    """

    def work() -> list[Compressed]:
        generator = torch.Generator().manual_seed(seed)
        return [
            compress(method, grid, count, generator)
            for grid, count in zip(given.grids, given.counts, strict=True)
        ]

    results, spent = timed(work) if repeat else (work(), 0.0)
    return Outcome(tuple(_closed(given, results)), spent)


def around(given: ComparisonInput, method: Method) -> tuple[Outcome, Outcome]:
    """Return what a grid method makes at the nearest counts below and above the asked one."""
    below = within_frames(given, method, seed=given.plan.seed)
    generator = torch.Generator().manual_seed(given.plan.seed)
    above = [
        next(
            result
            for num_keep in range(count, len(grid) + 1)
            if len((result := compress(method, grid, num_keep, generator)).sizes) >= count
        )
        for grid, count in zip(given.grids, given.counts, strict=True)
    ]
    return below, Outcome(tuple(_closed(given, above)), below.ms)


def _closed(given: ComparisonInput, results: Sequence[Compressed]) -> list[MergedFrame]:
    return [
        fixed(given, group, carry(grid, result.features, result.owner), result.owner)
        for group, grid, result in zip(given.groups, given.grids, results, strict=True)
    ]


def fixed(given: ComparisonInput, group: FrameAccumulator, tokens: TokenSet, owner: Tensor) -> MergedFrame:
    """Return a merged frame that nothing will cut any more, from its tokens and their owners."""
    return assembled(
        group,
        tokens,
        owner,
        blank=given.blank,
        tree=UNCUT,
        spatial_loss=np.zeros(1),
        signals=group.signals,
    )


def chained(given: ComparisonInput, groups: Sequence[FrameAccumulator], *, reduce: str) -> Outcome:
    """Return what stage after stage makes: half of each merged frame's tokens, then the budget.

    Args:
        given: The input.
        groups: Merged frames.
        reduce: `ward` or `steps`.

    Raises:
        PlanError: The merged frames hold fewer tokens than all methods are left with.
    """
    start, patches = time.perf_counter(), given.facts.num_patches
    if (held := len(groups) * patches) < given.total:
        raise PlanError(f"its merged frames hold {held:,} tokens, fewer than {given.total:,}")
    usual = half_up(given.settings.spatial_ratio * patches)
    num_keep = usual if given.total <= usual * len(groups) else patches
    closed = [_warded(given, group, num_keep, at) for at, group in giving_back(enumerate(groups))]
    reduced = reduce_to(
        closed,
        given.total,
        allocate=given.plan.budget.allocate,
        reduce=reduce,
        alike=given.settings.alike,
    )
    return Outcome(reduced.groups, (time.perf_counter() - start) * 1000)


def one_shot(given: ComparisonInput, counts: Sequence[int]) -> Outcome:
    """Return what ward makes of every sampled frame when no frames are merged.

    Args:
        given: The input.
        counts: Tokens of each frame.
    """
    start = time.perf_counter()
    frames = zip(given.regrouped("none"), counts, strict=True)
    closed = tuple(_warded(given, group, count, at) for at, (group, count) in enumerate(frames))
    return Outcome(closed, (time.perf_counter() - start) * 1000)


def _warded(given: ComparisonInput, group: FrameAccumulator, num_keep: int, before: int) -> MergedFrame:
    """Return a merged frame that ward cuts; `before` were closed before it."""
    return close(
        group,
        grid=given.facts.grid,
        blank=given.blank,
        floor=given.facts.floor,
        method=find("spatial", "ward"),
        num_keep=num_keep,
        generator=torch.Generator(),
        half=many(before * num_keep, given.facts.dim),
    )


def over_time(given: ComparisonInput, method: Method, *, seed: int = 0) -> Outcome:
    """Return what a method keeps of the tokens of all frames.

    Args:
        given: The input.
        method: A temporal method over the whole video, or a spatial one that reads no grid.
        seed: For methods that draw.
    """
    start, grid = time.perf_counter(), given.facts.grid
    if method.compress_video is not None:
        group = whole_video(given.video, given.blank, grid, method, num_keep=given.total)
    else:
        kept = method.run(flat(given.video.whole), given.total, seed)
        owner = kept.owner.view(given.frames, -1)
        group = owned_by(given.video, given.blank, grid, kept.features, owner)
    return Outcome((group,), (time.perf_counter() - start) * 1000)
