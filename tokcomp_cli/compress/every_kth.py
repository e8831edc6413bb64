"""Keep every k-th frame and drop the others: a control."""

from torch import Tensor

from tokcomp_cli.compress._ops import frame_similarity
from tokcomp_cli.compress.base import Decision, Method, OpenGroup


def decide(frame: Tensor, group: OpenGroup, *, threshold: float, statistic: str, every: int) -> Decision:  # noqa: ARG001
    """Return that the frame is dropped until `every` frames have passed.

    Args:
        frame: Patch tokens, (P, D).
        group: The open merged frame; it holds one kept frame.
        threshold: Not used.
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
