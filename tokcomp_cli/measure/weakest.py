"""The weakest moment of a video, and the weakest region of a picture: what a mean hides."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tokcomp_cli.core.results.curve import Weakest
from tokcomp_cli.fidelity.metrics import explained
from tokcomp_cli.measure.fidelity import Original, explained_by_frame, frame_losses
from tokcomp_cli.reduce.merged_frame import MergedFrame

SIDE = 3
AT_RISK = 0.7
"""Share of its content below which a region is at risk (docs/evidence.md)."""
REGIONS = (
    *("upper left", "upper middle", "upper right"),
    *("middle left", "centre", "middle right"),
    *("lower left", "lower middle", "lower right"),
)


def weakest_of(groups: Sequence[MergedFrame], original: Original, grid: tuple[int, int]) -> Weakest:
    """Return the frame of which least is explained; where all frames show one picture, its region.

    Args:
        groups: Merged frames after the last stage, in order of time.
        original: What they are measured against; the frames of its reservoir are looked at.
        grid: Rows and columns of patches.
    """
    losses = frame_losses(groups, original)
    if shows_one_picture(original):
        return _weakest_region([loss.squared for loss in losses], original, grid)
    by_frame = explained_by_frame(losses, original)
    worst = min(range(len(by_frame)), key=by_frame.__getitem__)
    ordinal = original.reservoir.frames[worst].ordinal
    return Weakest(by_frame[worst], int(original.frame_index[ordinal]), float(original.pts_seconds[ordinal]))


def shows_one_picture(original: Original) -> bool:
    """Return whether all frames are of one picture: a photo, and perhaps tiles of it."""
    return len(set(original.frame_index)) == 1


def _weakest_region(lost: Sequence[Tensor], original: Original, grid: tuple[int, int]) -> Weakest:
    """Return the ninth of a picture of which least is explained; nine tiles of it are its ninths."""
    centre, whole = original.reservoir.centre, ninths(grid)
    sums = torch.zeros(len(REGIONS), 3, dtype=torch.float64)
    for frame, squared in zip(original.reservoir.frames, lost, strict=True):
        region = whole if frame.ordinal == 0 else torch.full_like(whole, frame.ordinal - 1)
        energy, counts = (frame.content - centre).double().square().sum(1), frame.counts.double()
        each = torch.stack([squared, energy, torch.ones_like(energy)], 1)
        sums.index_add_(0, region, counts[:, None] * each)
    kept = {
        name: explained(loss, energy, floor=original.floor, patches=patches)
        for name, (loss, energy, patches) in zip(REGIONS, sums.tolist(), strict=True)
        if patches
    }
    weakest_first = sorted(kept, key=kept.__getitem__)
    at_risk = tuple(name for name in weakest_first if kept[name] < AT_RISK)
    return Weakest(kept[weakest_first[0]], region=weakest_first[0], at_risk=at_risk)


def ninths(grid: tuple[int, int]) -> Tensor:
    """Return which ninth of the grid each patch is in, in raster order, int64, (P,)."""
    rows, columns = (torch.arange(side) * SIDE // side for side in grid)
    return (rows[:, None] * SIDE + columns).flatten()
