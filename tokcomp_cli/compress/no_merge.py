"""Every frame is its own merged frame."""

from __future__ import annotations

from tokcomp_cli.compress.base import Decision, Method, OpenGroup
from tokcomp_cli.compress.similarity import frame_similarity
from tokcomp_cli.core.lazy import Tensor


def decide(frame: Tensor, group: OpenGroup, *, statistic: str, **_: object) -> Decision:
    """Return that the frame joins nothing; its similarity to the frame before is told all the same."""
    return Decision(joins=False, similarity=frame_similarity(frame, group.previous, statistic))


METHOD = Method(name="none", stage="temporal", rule="no frames are merged", paper="identity", decide=decide)
