"""`explained` of the caller's own tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from torch import Tensor


def explained(x: Tensor, features: Tensor, owner: Tensor, *, floor: float = 0.0) -> float:
    """Return the share of the energy of tokens that the kept ones explain; 1 loses nothing.

    A token without an owner is stood for by the nearest kept one. This is a proxy in feature space, and
    `ward` minimises it: that `ward` wins by it proves nothing.

    Args:
        x: Tokens before, (N, D).
        features: Kept tokens, (K, D).
        owner: Kept token of each, or -1, int64, (N,).
        floor: Least energy of a token, so that a blank picture does not divide by nothing.

    Raises:
        PlanError: The shapes do not fit together.
    """
    from tokcomp_cli.fidelity.metrics import explained as share
    from tokcomp_cli.fidelity.metrics import frame_loss

    if x.ndim != 2 or features.ndim != 2 or features.shape[1] != x.shape[1] or owner.shape != x.shape[:1]:
        raise PlanError(
            "`explained` takes `x` (N, D), `features` (K, D) and `owner` (N,); got "
            f"{tuple(x.shape)}, {tuple(features.shape)} and {tuple(owner.shape)}"
        )
    if len(owner) and int(owner.max()) >= len(features):
        raise PlanError(f"`owner` names token {int(owner.max())}, and `features` holds {len(features)}")
    wide, kept = x.detach().double(), features.detach().double()
    loss = frame_loss(wide, kept, owner)
    energy = float((wide - wide.mean(0)).square().sum())
    return share(float(loss.squared.sum()), energy, floor=floor, patches=len(x))
