"""Every frame is its own merged frame."""

from torch import Tensor

from tokcomp_cli.compress._ops import frame_similarity
from tokcomp_cli.compress.base import Decision, Method, OpenGroup


def decide(frame: Tensor, group: OpenGroup, *, threshold: float, statistic: str, every: int) -> Decision:  # noqa: ARG001
    """Return that the frame joins nothing; its similarity to the frame before is told all the same."""
    return Decision(joins=False, similarity=frame_similarity(frame, group.previous, statistic))


METHOD = Method(name="none", stage="temporal", rule="no frames are merged", paper="identity", decide=decide)
