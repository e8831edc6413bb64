"""Keep every k-th frame and drop the others: a control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokcomp_cli.compress.base import Decision, Method, OpenGroup
from tokcomp_cli.compress.similarity import frame_similarity

if TYPE_CHECKING:
    from torch import Tensor


def decide(frame: Tensor, group: OpenGroup, *, statistic: str, every: int, **_: object) -> Decision:
    """Return that the frame is dropped until `every` frames have passed.

    Args:
        frame: Patch tokens, (P, D).
        group: The open merged frame; it holds one kept frame.
        statistic: Over co-located cosines, for the record only.
        every: Frames that one kept frame stands for, itself included.
    """
    similarity = frame_similarity(frame, group.previous, statistic)
    return Decision(group.frames < every, similarity, owned=False)


METHOD = Method(
    name="uniform",
    stage="temporal",
    rule="keep every k-th sampled frame, drop the others",
    paper="control",
    decide=decide,
    merges=False,
)
