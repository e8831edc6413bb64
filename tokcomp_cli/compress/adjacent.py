"""Merge a frame when it is like the one before: the reference note's rule, as written."""

from __future__ import annotations

from tokcomp_cli.compress.base import Decision, Method, OpenGroup
from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.core.lazy import Tensor


def decide(
    frame: Tensor, group: OpenGroup, *, threshold: float, alike: ContentSimilarity, **_: object
) -> Decision:
    """Return that the frame joins when it is strictly more like the frame before than `threshold`.

    Merged tokens become s * merged + (1 - s) * frame with s the similarity, clipped to [0, 1], so that
    late frames hardly count.
    """
    similarity = alike(frame, group.previous)
    return Decision(similarity > threshold, similarity, weight=1 - min(max(similarity, 0.0), 1.0))


METHOD = Method(
    name="adjacent",
    stage="temporal",
    rule="a frame joins while it is similar to the frame before; merged tokens are weighted by similarity",
    paper="the reference note, as written; chains through slow pans and underweights late frames",
    decide=decide,
)
