"""FrameFusion: merge co-located similar patches, then prune."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.video import join_runs, neighbour_cosines, saliency_needed
from tokcomp_cli.core.lazy import Tensor
from tokcomp_cli.core.tokens import Compressed

SIMILAR = 0.6


def compress_video(features: Tensor, *, num_keep: int, saliency: Tensor | None) -> Compressed:
    """Return runs of similar patches as their means, the least salient pruned where that is not enough."""
    salient = saliency_needed(saliency, METHOD.name)
    alike = neighbour_cosines(features)
    return join_runs(features, alike, alike >= SIMILAR, num_keep=num_keep, saliency=salient)


METHOD = Method(
    name="framefusion",
    stage="temporal",
    rule="merge patches that are similar to the one before at their position, then prune the least salient",
    paper="arXiv 2501.01986 (FrameFusion, ICCV 2025)",
    compress_video=compress_video,
    needs=frozenset({"saliency"}),
    defaults=(f"similar {SIMILAR:g}",),
    deviations=(
        "runs once on the encoder's tokens; the original merges in the first layers of the language model",
        "the most similar are merged first, and no more than the asked count needs",
    ),
)
