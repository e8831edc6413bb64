"""What is lost, without labels: pure functions over content vectors.

Content is a patch token minus the encoder's response to blank frames at its position. Raw cosine is no
measure: ViT tokens share a large common part, so one token "reconstructs" a page of text at 0.96.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.linalg import vector_norm

ROUNDING = 1e-7
"""A share of the energy that sums of squares in float32 cannot tell from nothing."""


def explained(lost: float, energy: float, *, floor: float, patches: float) -> float:
    """Return 1 - lost / max(energy, floor * patches), the share of content energy that is explained.

    Args:
        lost: Sum of squared distances between each patch and what stands for it, each times what the patch
            counts.
        energy: Sum of squared distances between each patch and the mean of the whole input, likewise.
        floor: Least energy of a patch, calibrated per encoder, so that a blank picture does not divide by 0.
        patches: Number of patches.
    """
    share = max(lost, 0.0) / max(energy, floor * patches)
    return 1.0 if share < ROUNDING else 1 - share


def patch_weights(saliency: Tensor) -> Tensor:
    """Return what each patch counts: its share of its frame's saliency, of mean 1, float32, (..., P).

    A frame without any saliency counts all its patches alike.

    Args:
        saliency: Non-negative, (..., P).
    """
    wide = saliency.double()
    mean = wide.mean(-1, keepdim=True)
    return torch.where(mean > 0, wide / mean.clamp(min=torch.finfo(torch.float64).tiny), 1.0).float()


@dataclass(frozen=True, slots=True)
class Loss:
    """What one frame lost, patch by patch.

    Attributes:
        squared: Squared distance between a patch and what stands for it, float64, (P,).
        cosine: Their cosine, (P,).
        pruned: Whether no token owns the patch, bool, (P,).
        stand_in: Token that stands for each patch: its owner, or of a pruned patch the nearest, int64, (P,).
    """

    squared: Tensor
    cosine: Tensor
    pruned: Tensor
    stand_in: Tensor


def frame_loss(content: Tensor, tokens: Tensor, owner: Tensor) -> Loss:
    """Return what a frame lost; a pruned patch is stood for by the nearest kept token.

    Args:
        content: Content of the frame's patches, (P, D).
        tokens: Content of the kept tokens of its merged frame, (K, D), K at least 1.
        owner: Kept token of each patch, or -1, int64, (P,).
    """
    pruned, stand_in = owner < 0, owner
    token_norms = vector_norm(tokens, dim=1)
    if pruned.any():
        stand_in = owner.clone()
        stand_in[pruned] = (token_norms.square() - 2 * (content[pruned] @ tokens.T)).argmin(1)
    kept = tokens.index_select(0, stand_in)
    norms = vector_norm(content, dim=1) * token_norms[stand_in]
    return Loss(
        squared=vector_norm(content - kept, dim=1).double().square(),
        cosine=(content * kept).sum(1) / norms.clamp(min=1e-12),
        pruned=pruned,
        stand_in=stand_in,
    )


def to_nearest(content: Tensor, tokens: Tensor) -> Tensor:
    """Return 1 - cosine of each patch, (P, D), to the nearest kept token, (K, D), at least 0, (P,)."""
    norms = vector_norm(content, dim=1)[:, None] * vector_norm(tokens, dim=1)
    found: Tensor = (1 - (content @ tokens.T / norms.clamp(min=1e-12)).amax(1)).clamp(min=0)
    return found
