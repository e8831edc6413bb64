"""How alike tokens are. Similarities only decide, so they carry no gradients."""

from __future__ import annotations

from tokcomp_cli.compress.precision import as_array, detached
from tokcomp_cli.core.lazy import F, Tensor, np, npt


def co_located(vectors: Tensor, others: Tensor) -> Tensor:
    """Return the cosine of each vector with the one at its place, (...), of two tensors (..., D)."""
    return F.cosine_similarity(detached(vectors), detached(others), dim=-1)


def cosines(features: Tensor) -> npt.NDArray[np.float32]:
    """Return the cosine of each pair of tokens, float32, (N, N).

    In NumPy, which sees that both factors are the same and computes one triangle: exactly symmetric,
    and in less time than a general product.

    Args:
        features: Token vectors, (N, D).
    """
    unit = as_array(F.normalize(detached(features).float(), dim=1))
    alike: npt.NDArray[np.float32] = unit @ unit.T
    return alike


def nearest(vectors: Tensor, targets: Tensor) -> Tensor:
    """Return for each vector the index of the target with the highest cosine, int64, (N,).

    Args:
        vectors: (N, D).
        targets: (K, D).
    """
    # The length of a vector does not change which target it is nearest to.
    return (detached(vectors) @ F.normalize(detached(targets), dim=1).T).argmax(1)
