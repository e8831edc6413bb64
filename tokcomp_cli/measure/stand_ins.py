"""Which tokens stand for a frame's patches after a stage."""

import torch
from torch import Tensor

from tokcomp_cli.measure.reservoir import SampledFrame, frame_tokens
from tokcomp_cli.reduce.merged_frame import MergedFrame, Part, part_at


class LastContent:
    """The content of a merged frame's tokens, float32, kept until that of another one is asked for."""

    def __init__(self) -> None:
        self._group: MergedFrame | None = None
        self._content = torch.empty(0)

    def of(self, group: MergedFrame) -> Tensor:
        """Return the content of the tokens, (L, D)."""
        if group is not self._group:
            self._group, self._content = group, group.tokens.content
        return self._content


def part_of(group: MergedFrame, ordinal: int) -> Part:
    """Return the run of frames that a frame is in."""
    return group.parts[part_at(group, ordinal)]


def tokens_at(
    group: MergedFrame, frame: SampledFrame, last: LastContent, *, per_frame: bool, merges: bool
) -> tuple[Tensor, Tensor]:
    """Return the content of the tokens that may stand for a frame, (K, D), and its owners, (P,)."""
    part = part_of(group, frame.ordinal)
    if group.whole_video:
        return tokens_of_part(group, frame.ordinal, last)
    if not per_frame:
        return last.of(group), part.owner_of(frame.ordinal)
    owner = part.owner
    return frame_tokens(frame.given, owner, len(group.tokens), merges=merges), owner


def tokens_of_part(group: MergedFrame, ordinal: int, last: LastContent) -> tuple[Tensor, Tensor]:
    """Return the tokens that own patches of one frame of a whole video, (K, D), and their owners, (P,).

    Where none does, the tokens of the nearest frame that has some, the earlier of two.
    """
    at = part_at(group, ordinal)
    own = group.parts[at].owner_of(ordinal)
    nearest = sorted(range(len(group.parts)), key=lambda other: abs(other - at)) if (own < 0).all() else [at]
    there = next(owner for other in nearest if ((owner := group.parts[other].owner) >= 0).any())
    numbers = torch.unique(there[there >= 0])
    row = torch.searchsorted(numbers, own.clamp(min=0))
    return last.of(group)[numbers], torch.where(own >= 0, row, -1)
