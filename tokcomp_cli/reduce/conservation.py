"""Conservation, origin and saved tokens: where every patch of the input is after the last stage."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.errors import ContractError
from tokcomp_cli.reduce.cut import concatenate
from tokcomp_cli.reduce.merged_frame import MergedFrame


def check_groups(groups: Sequence[MergedFrame], *, stage: str, frames: int) -> None:
    """Check after a stage that no patch was lost or counted twice, without the full origin.

    Args:
        groups: Merged frames in order of time.
        stage: Name for the message.
        frames: Sampled frames that they must cover.

    Raises:
        ContractError: Sizes differ from the owner maps, or a frame is missing or doubled.
    """
    at = 0
    for group in groups:
        sizes = group.tokens.sizes
        counted = torch.zeros_like(sizes)
        for part in group.parts:
            if part.first != at:
                raise ContractError(
                    f"after the {stage} stage frame {at} is in no merged frame; please report this"
                )
            at = part.last + 1
            owner = part.owner
            owned = owner[owner >= 0]
            counted += torch.bincount(owned, minlength=len(counted)) * part.owned_frames
        if not torch.equal(counted, sizes):
            raise ContractError(
                f"after the {stage} stage token sizes differ from their patches; please report this"
            )
    if at != frames:
        raise ContractError(
            f"after the {stage} stage {at} of {frames} frames are covered; please report this"
        )


def full_origin(groups: Sequence[MergedFrame]) -> Tensor:
    """Return the token of every original patch, or -1, int64, (T * P,), frame by frame in raster order."""
    rows, offset = [], 0
    for group in groups:
        for part in group.parts:
            for ordinal in range(part.first, part.last + 1):
                owner = part.owner_of(ordinal)
                rows.append(torch.where(owner >= 0, owner + offset, -1))
        offset += len(group.tokens)
    return torch.cat(rows)


def kept_tokens(groups: Sequence[MergedFrame]) -> TokenSet:
    """Return the tokens of all merged frames in the order of their earliest patch."""
    return concatenate([group.tokens for group in groups])
