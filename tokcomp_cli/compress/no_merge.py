"""Every frame is its own merged frame."""

from __future__ import annotations

from tokcomp_cli.compress.base import Decision, Method, OpenGroup
from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.core.lazy import Tensor


def decide(frame: Tensor, group: OpenGroup, *, alike: ContentSimilarity, **_: object) -> Decision:
    """Return that the frame joins nothing; its similarity to the frame before is told all the same."""
    return Decision(joins=False, similarity=alike(frame, group.previous))


METHOD = Method(name="none", stage="temporal", rule="no frames are merged", paper="identity", decide=decide)
