"""EVS: keep the patches that changed most since the frame before."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.selection import evenly_spaced, top
from tokcomp_cli.compress.video import kept_with_repeats, neighbour_cosines, previous_frame
from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.core.tokens import Compressed


def choose(features: Tensor, num_keep: int) -> Tensor:
    """Return which patches are kept, bool, (T, P): the first frame whole, then the most changed anywhere.

    Change is 1 - cosine with the patch before at the same position; ties go to the earlier patch. With
    fewer tokens than the first frame has, evenly spaced ones of that frame.

    Args:
        features: (T, P, D).
        num_keep: Patches to keep, 1 to T * P.
    """
    frames, patches, _ = features.shape
    keep = torch.zeros(frames * patches, dtype=torch.bool, device=features.device)
    keep[evenly_spaced(patches, min(num_keep, patches))] = True
    change = 1 - neighbour_cosines(features).flatten()
    keep[patches + top(change, max(0, num_keep - patches))] = True
    return keep.view(frames, patches)


def compress_video(features: Tensor, *, num_keep: int, **_: object) -> Compressed:
    """Return the first frame and the patches that changed most; each dropped one repeats an earlier token."""
    return kept_with_repeats(features, choose(features, num_keep), previous_frame(len(features)))


METHOD = Method(
    name="evs",
    stage="temporal",
    rule="keep the first frame and, anywhere after, the patches least like the one before at their position",
    paper="efficient video sampling, as in vLLM (--video-pruning-rate); arXiv 2510.14624",
    compress_video=compress_video,
    merges=False,
    deviations=("below one frame of tokens the first frame is thinned evenly; the original keeps it whole",),
)
