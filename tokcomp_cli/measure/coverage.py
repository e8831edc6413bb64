"""How far the patch is from all kept tokens that they cover worst."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from tokcomp_cli.fidelity.metrics import Loss, to_nearest
from tokcomp_cli.measure.reservoir import SampledFrame


def coverage(
    frames: Sequence[SampledFrame], losses: Sequence[Loss], tokens_of: Callable[[SampledFrame], Tensor]
) -> float:
    """Return the largest distance, 1 - cosine, of a patch to the nearest token kept of its frame.

    A patch is at most as far from the nearest token as from the one that stands for it. Frames are looked at
    farthest from those first, and only patches that may yet be the farthest are compared with all tokens.

    Args:
        frames: At least one.
        losses: What each lost.
        tokens_of: Content of the tokens kept of a frame, (K, D).
    """
    apart = 1 - torch.stack([loss.cosine for loss in losses])
    most = 0.0
    for at in apart.amax(1).argsort(descending=True).tolist():
        far = apart[at] > most
        if not far.any():
            break
        most = max(most, float(to_nearest(frames[at].content[far], tokens_of(frames[at])).max()))
    return most
