"""Merge a frame into the running mean of the open merged frame."""

from __future__ import annotations

from tokcomp_cli.compress.base import Decision, Method, OpenGroup
from tokcomp_cli.compress.similarity import frame_similarity
from tokcomp_cli.core.lazy import Tensor


def decide(frame: Tensor, group: OpenGroup, *, threshold: float, statistic: str, **_: object) -> Decision:
    """Return that the frame joins when it is strictly more like the running mean than `threshold`."""
    similarity = frame_similarity(frame, group.mean, statistic)
    return Decision(similarity > threshold, similarity)


METHOD = Method(
    name="frame-merge",
    stage="temporal",
    rule="a frame joins while its co-located patches stay similar to the merged frame's running mean",
    paper="ours, after the reference note; comparing with the mean keeps a slow pan from becoming one frame",
    decide=decide,
)
