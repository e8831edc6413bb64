"""Greedy farthest-point selection by cosine distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokcomp_cli.compress.precision import as_array, detached
from tokcomp_cli.compress.similarity import cosines
from tokcomp_cli.core.lazy import F, Tensor, np, npt, torch

if TYPE_CHECKING:
    Vector = npt.NDArray[np.float32]

LARGEST_MATRIX = 4096
BLOCK_ROWS = 1024
POOL = 1024


def farthest(features: Tensor, num_keep: int, weight: Tensor | None = None) -> Tensor:
    """Return the chosen tokens in order of choice, on the CPU, int64, (K,).

    The first is the token whose nearest neighbour is farthest; then always the one farthest from all
    chosen. No token is chosen twice, and ties go to the earlier one.

    Args:
        features: Token vectors, (N, D).
        num_keep: Tokens to choose, 1 to N.
        weight: Factor on the distance to each token, non-negative, (N,), or None.
    """
    count = len(features)
    factor = np.ones(count, dtype=np.float32) if weight is None else as_array(weight.float())
    if count <= LARGEST_MATRIX:
        return torch.from_numpy(_from_matrix(1 - cosines(features), factor, num_keep))
    unit = F.normalize(detached(features).float().cpu(), dim=1)
    return torch.from_numpy(_from_rows(unit, factor, num_keep))


def _from_matrix(distance: Vector, factor: Vector, num_keep: int) -> npt.NDArray[np.int64]:
    """Return the chosen tokens from all distances, (N, N), which are overwritten."""
    distance *= factor
    np.fill_diagonal(distance, np.inf)
    chosen = np.empty(num_keep, dtype=np.int64)
    apart = np.full(len(distance), np.inf, dtype=np.float32)
    chosen[0] = distance.min(0).argmax()
    for step in range(1, num_keep):
        last = chosen[step - 1]
        np.minimum(apart, distance[last], out=apart)
        apart[last] = -np.inf
        chosen[step] = apart.argmax()
    return chosen


def _from_rows(unit: Tensor, factor: Vector, num_keep: int) -> npt.NDArray[np.int64]:
    """Return the chosen tokens without ever holding all distances.

    Distances to the chosen only fall, so a stale one is an upper bound: between two rounds over all
    tokens only a pool of the farthest is kept up to date, for as long as its best is above the bound of
    every token outside.

    Args:
        unit: Unit vectors, (N, D).
        factor: Factor on the distance to each token, (N,).
        num_keep: Tokens to choose.
    """
    chosen = np.empty(num_keep, dtype=np.int64)
    chosen[0] = (_nearest_distance(unit) * factor).argmax()
    apart = np.full(len(unit), np.inf, dtype=np.float32)
    done, step = 0, 1
    while step < num_keep:
        recent = unit[torch.from_numpy(chosen[done:step])]
        np.minimum(apart, (1 - (unit @ recent.T).amax(1)).numpy() * factor, out=apart)
        apart[chosen[done:step]] = -np.inf
        done = step
        order = np.argsort(-apart, kind="stable")
        pool = np.sort(order[:POOL])
        bound = apart[order[POOL]]
        inside, near, scale = unit[torch.from_numpy(pool)], apart[pool], factor[pool]
        while step < num_keep and (step == done or near.max() > bound):
            at = int(near.argmax())
            chosen[step] = pool[at]
            step += 1
            np.minimum(near, (1 - (inside @ inside[at]).numpy()) * scale, out=near)
            near[at] = -np.inf
    return chosen


def _nearest_distance(unit: Tensor) -> Vector:
    """Return the distance of each token to its nearest neighbour, (N,), from one triangle in blocks."""
    closest = unit.new_full((len(unit),), -2.0)
    for start in range(0, len(unit), BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, len(unit))
        alike = unit[start:stop] @ unit[start:].T
        alike[:, : stop - start].fill_diagonal_(-2)
        closest[start:stop] = torch.maximum(closest[start:stop], alike.amax(1))
        closest[start:] = torch.maximum(closest[start:], alike.amax(0))
    distance: Vector = (1 - closest).numpy()
    return distance
