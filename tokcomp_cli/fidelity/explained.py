"""`explained` of the caller's own tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from torch import Tensor


def explained(
    x: Tensor, features: Tensor, owner: Tensor, *, saliency: Tensor | None = None, floor: float = 0.0
) -> float:
    """Return the share of the energy of tokens that the kept ones explain; 1 loses nothing.

    A token without an owner is stood for by the nearest kept one. This is a proxy in feature space, and
    `ward` minimises it without saliency, `saliency-ward` nearly with it: that they win by it proves nothing.

    Args:
        x: Tokens before, (N, D).
        features: Kept tokens, (K, D).
        owner: Kept token of each, or -1, int64, (N,).
        saliency: What each token counts, non-negative, (N,); None for all alike.
        floor: Least energy of a token, so that a blank picture does not divide by nothing.

    Raises:
        PlanError: The shapes do not fit together.
    """
    from tokcomp_cli.fidelity.metrics import explained as share
    from tokcomp_cli.fidelity.metrics import frame_loss, patch_weights

    if x.ndim != 2 or features.ndim != 2 or features.shape[1] != x.shape[1] or owner.shape != x.shape[:1]:
        raise PlanError(
            "`explained` takes `x` (N, D), `features` (K, D) and `owner` (N,); got "
            f"{tuple(x.shape)}, {tuple(features.shape)} and {tuple(owner.shape)}"
        )
    if len(owner) and int(owner.max()) >= len(features):
        raise PlanError(f"`owner` names token {int(owner.max())}, and `features` holds {len(features)}")
    if saliency is not None and saliency.shape != x.shape[:1]:
        raise PlanError(
            f"`saliency` takes one value for each of {len(x)} tokens; got {tuple(saliency.shape)}"
        )
    wide, kept = x.detach().double(), features.detach().double()
    counts = wide.new_ones(len(x)) if saliency is None else patch_weights(saliency.detach()).to(wide)
    lost = frame_loss(wide, kept, owner).squared @ counts
    centre = counts @ wide / len(x)
    energy = (wide - centre).square().sum(1) @ counts
    return share(float(lost), float(energy), floor=floor, patches=len(x))
