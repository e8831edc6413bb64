"""Keep every k-th frame and drop the others: a control."""

from __future__ import annotations

from tokcomp_cli.compress.base import Decision, Method, OpenGroup
from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.core.lazy import Tensor


def decide(frame: Tensor, group: OpenGroup, *, alike: ContentSimilarity, every: int, **_: object) -> Decision:
    """Return that the frame is dropped until `every` frames have passed."""
    similarity = alike(frame, group.previous)
    return Decision(group.frames < every, similarity, owned=False)


METHOD = Method(
    name="uniform",
    stage="temporal",
    rule="keep every k-th sampled frame, drop the others",
    paper="control",
    decide=decide,
    merges=False,
)
