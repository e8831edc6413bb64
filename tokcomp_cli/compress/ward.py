"""Ward: minimum-variance agglomeration, one dendrogram for every budget."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.compress._ops import merged
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.tokens import Compressed, TokenSet

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Dendrogram:
    """The merges of N tokens down to one, cheapest first.

    Attributes:
        merges: Pairs (i, j), i < j: the cluster whose earliest token is j goes into that of i, int64, (N-1, 2).
        heights: Energy that each merge loses, rising, float64, (N-1,).
    """

    merges: npt.NDArray[np.int64]
    heights: Array

    @property
    def num_tokens(self) -> int:
        """Return N."""
        return len(self.heights) + 1


def merge_costs(content: Array, sizes: Array) -> Array:
    """Return what merging each pair would lose, n_i n_j / (n_i + n_j) |x_i - x_j|^2, (N, N), diagonal inf."""
    centred = content - content.mean(0)
    norms = np.einsum("nd,nd->n", centred, centred)
    cost = centred @ centred.T
    cost *= -2
    cost += norms[:, None] + norms
    np.maximum(cost, 0, out=cost)
    cost *= sizes[:, None] * sizes / (sizes[:, None] + sizes)
    np.fill_diagonal(cost, np.inf)
    return cost


def dendrogram(tokens: TokenSet) -> Dendrogram:
    """Return the Ward dendrogram of the tokens' content, weighted by their sizes.

    Nearest-neighbour chain: Ward's linkage is reducible, so following nearest neighbours until two
    point at each other finds the same merges as always taking the cheapest pair, without searching
    all pairs. The row of a merged cluster follows from Lance and Williams. Ties go to the earlier token.

    Args:
        tokens: N tokens, at least one.

    Reference:
        Ward 1963, J. Am. Stat. Assoc. 58:236; Murtagh 1983, Comput. J. 26:354. Deviation: clusters
        start with the sizes of the tokens.
    """
    size = tokens.sizes.numpy().astype(np.float64)
    cost = merge_costs(tokens.content.numpy().astype(np.float64), size)
    count = len(size)
    merges, heights = np.empty((count - 1, 2), dtype=np.int64), np.empty(count - 1)
    alive, height = np.ones(count, dtype=bool), np.zeros(count)
    chain: list[int] = []
    for step in range(count - 1):
        if not chain:
            chain.append(int(alive.argmax()))
        while True:
            tip = chain[-1]
            row = cost[tip]
            near = int(row.argmin())
            if len(chain) > 1 and row[chain[-2]] <= row[near]:
                break
            chain.append(near)
        near = chain[-2]
        del chain[-2:]
        i, j = min(tip, near), max(tip, near)
        paid = cost[i, j]
        update = ((size[i] + size) * cost[i] + (size[j] + size) * cost[j] - size * paid) / (size[i] + size[j] + size)
        update[i] = np.inf
        cost[i] = cost[:, i] = update
        cost[:, j] = np.inf
        alive[j] = False
        size[i] += size[j]
        # Rounding must not put a merge before the ones that made its clusters.
        height[i] = max(paid, height[i], height[j])
        merges[step], heights[step] = (i, j), height[i]
    order = np.argsort(heights, kind="stable")
    return Dendrogram(merges[order], heights[order])


def cut(tree: Dendrogram, num_keep: int) -> Tensor:
    """Return the owner of each token after the cheapest merges, int64, (N,), in order of earliest token.

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
    """Return the dendrogram of the tokens that a cut at `num_keep` leaves: the merges that are still to come."""
    done = tree.num_tokens - num_keep
    kept = np.setdiff1d(np.arange(tree.num_tokens), tree.merges[:done, 1])
    return Dendrogram(np.searchsorted(kept, tree.merges[done:]), tree.heights[done:])


def compress(tokens: TokenSet, *, num_keep: int, generator: torch.Generator) -> Compressed:  # noqa: ARG001
    """Return `num_keep` tokens by the merges that lose the least energy.

    Args:
        tokens: N tokens in raster order.
        num_keep: Tokens to keep, 1 to N.
        generator: Not used; the method is deterministic.
    """
    return merged(tokens, cut(dendrogram(tokens), num_keep))


METHOD = Method(
    name="ward",
    stage="spatial",
    rule="merge the pair that loses the least energy, again and again; one dendrogram holds every budget",
    paper="Ward 1963 (minimum variance), with token sizes as weights; ours",
    compress=compress,
)
