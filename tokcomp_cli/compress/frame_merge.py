"""Merge a frame into the running mean of the open merged frame."""

from torch import Tensor

from tokcomp_cli.compress._ops import frame_similarity
from tokcomp_cli.compress.base import Decision, Method, OpenGroup


def decide(frame: Tensor, group: OpenGroup, *, threshold: float, statistic: str, every: int) -> Decision:  # noqa: ARG001
    """Return that the frame joins when it is strictly more like the running mean than `threshold`.

    Args:
        frame: Patch tokens, (P, D).
        group: The open merged frame.
        threshold: In [-1, 1].
        statistic: Over co-located cosines.
        every: Not used.
    """
    similarity = frame_similarity(frame, group.mean, statistic)
    return Decision(similarity > threshold, similarity)


METHOD = Method(
    name="frame-merge",
    stage="temporal",
    rule="a frame joins while its co-located patches stay similar to the merged frame's running mean",
    paper="ours, after the reference note; comparing with the mean keeps a slow pan from becoming one frame",
    decide=decide,
)
