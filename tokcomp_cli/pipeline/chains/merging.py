"""What chains that merge frames need: no merged frame is held open, no Gram matrix is made."""

import numpy as np
import torch

from tokcomp_cli.compress import find
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.results.curve import ROUNDING
from tokcomp_cli.fidelity.metrics import explained
from tokcomp_cli.measure.along_tree import lost_along
from tokcomp_cli.measure.curve import Curve, curve_of
from tokcomp_cli.measure.fidelity import Original
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.grouping import merged_frames
from tokcomp_cli.reduce.spatial import close, whole_grid
from tokcomp_cli.reduce.vectors import many
from tokcomp_cli.reduce.video_tokens import VideoTokens


def fewest_merging(
    video: VideoTokens, original: Original, settings: ResolvedPlan, target: float
) -> int | None:
    """Return the fewest tokens of merged frames, at least one each, that reach a target, or None."""
    blank, facts = original.blank, settings.facts
    tree_of = find("spatial", settings.spatial).tree or dendrogram
    alone, reservoir = torch.arange(facts.num_patches), original.reservoir
    heights, added, lost = [], [], 0.0
    for group in merged_frames(video, blank, settings, products=False):
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
        for index, group in enumerate(merged_frames(video, original.blank, settings, products=False))
    ]
    return curve_of(groups, original, settings)
