"""Merge a frame into the running mean of the open merged frame."""

from __future__ import annotations

from tokcomp_cli.compress.base import Decision, Method, OpenGroup
from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.core.lazy import Tensor


def decide(
    frame: Tensor, group: OpenGroup, *, threshold: float, alike: ContentSimilarity, **_: object
) -> Decision:
    """Return that the frame joins when it is strictly more like the running mean than `threshold`."""
    similarity = alike(frame, group.mean)
    return Decision(similarity > threshold, similarity)


METHOD = Method(
    name="frame-merge",
    stage="temporal",
    rule="a frame joins while its content stays similar to the merged frame's running mean",
    paper="ours, after the reference note; comparing with the mean keeps a slow pan from becoming one frame",
    decide=decide,
)
