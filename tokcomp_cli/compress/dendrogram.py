"""A dendrogram: merges from all tokens down to one, to be cut at any count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokcomp_cli.core.lazy import Tensor, np, npt, torch

if TYPE_CHECKING:
    Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Dendrogram:
    """The merges of N tokens down to one, cheapest first.

    Attributes:
        merges: Pairs (i, j), i < j, the smallest integers that hold them, (N-1, 2): the cluster whose
            earliest token is j goes into the one whose earliest is i.
        heights: What each merge costs, rising, float64, (N-1,).
    """

    merges: npt.NDArray[np.integer]
    heights: Array

    @property
    def num_tokens(self) -> int:
        """Return N."""
        return len(self.heights) + 1


def cut(tree: Dendrogram, num_keep: int) -> Tensor:
    """Return the owner of each token after the cheapest merges, on the CPU, int64, (N,).

    Owners are numbered by their earliest token.

    Args:
        tree: Dendrogram of N tokens.
        num_keep: Tokens to keep, 1 to N.
    """
    parent = np.arange(tree.num_tokens)
    done = tree.merges[: tree.num_tokens - num_keep]
    parent[done[:, 1]] = done[:, 0]
    while not np.array_equal(parent, root := parent[parent]):
        parent = root
    return torch.from_numpy(np.unique(parent, return_inverse=True)[1])


def below(tree: Dendrogram, num_keep: int) -> Dendrogram:
    """Return the dendrogram of what a cut at `num_keep` leaves: the merges that are still to come."""
    done = tree.num_tokens - num_keep
    kept = np.setdiff1d(np.arange(tree.num_tokens), tree.merges[:done, 1])
    return Dendrogram(narrowest(np.searchsorted(kept, tree.merges[done:]), num_keep), tree.heights[done:])


def narrowest(numbers: npt.NDArray[np.integer], below: int) -> npt.NDArray[np.integer]:
    """Return whole numbers from 0 to under `below` in the smallest integers that hold them."""
    return numbers.astype(np.min_scalar_type(below), copy=False)
