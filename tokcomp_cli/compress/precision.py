"""Values that only decide which tokens are kept or merged: without gradients, never in half precision.

Kept features never pass through here: they stay on the caller's device, in its dtype, with gradients.
"""

from __future__ import annotations

from tokcomp_cli.core.lazy import Tensor, np, npt, torch


def widened(values: Tensor) -> Tensor:
    """Return values, those of half precision as float32."""
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values


def detached(values: Tensor) -> Tensor:
    """Return values for a decision in torch, on their device."""
    return widened(values.detach())


def as_array(values: Tensor) -> npt.NDArray[np.float32]:
    """Return values for a decision in NumPy, of their dtype, or float32 for half precision."""
    return detached(values).cpu().numpy()
