"""Ward: minimum-variance agglomeration, one dendrogram for every budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.dendrogram import Dendrogram, cut, narrowest
from tokcomp_cli.compress.merging import merged
from tokcomp_cli.compress.precision import as_array
from tokcomp_cli.core.lazy import np, npt, torch
from tokcomp_cli.core.tokens import Compressed, TokenSet

if TYPE_CHECKING:
    Array = npt.NDArray[np.float64]
    Indices = npt.NDArray[np.int64]

FEWEST_SHARE = 12
"""Rounds end when fewer than one in so many clusters would be merged by one."""


def merge_costs(content: Array, sizes: Array) -> Array:
    """Return what merging each pair would lose, n_i n_j / (n_i + n_j) |x_i - x_j|^2, (N, N), diagonal inf."""
    centred = content - content.mean(0)
    norms = np.einsum("nd,nd->n", centred, centred)
    # Through torch, whose thread count the run sets: NumPy's BLAS would start threads of its own.
    cost: Array = (torch.from_numpy(centred) @ torch.from_numpy(centred).T).numpy()
    cost *= -2
    cost += norms[:, None] + norms
    # A product's two halves may differ in the last bit: of equal tokens one pair would then have two costs,
    # and a chain of nearest neighbours would never end.
    cost = np.maximum(np.minimum(cost, cost.T), 0)
    cost *= sizes[:, None] * sizes / (sizes[:, None] + sizes)
    np.fill_diagonal(cost, np.inf)
    return cost


def dendrogram(tokens: TokenSet, weights: Array | None = None) -> Dendrogram:
    """Return the Ward dendrogram of the tokens' content, weighted by their sizes or otherwise.

    Ward's linkage is reducible: two clusters that are each other's nearest stay so until they merge, so
    merging them at once finds the same tree as always taking the cheapest pair. All such pairs are merged
    together, round after round, while there are many; a nearest-neighbour chain does the rest. All of it in
    NumPy on the CPU, whatever the device: the same in torch is slower, batched with masks still more so.

    Args:
        tokens: N tokens, at least one.
        weights: What each token weighs, positive, (N,); None for its size.

    Reference:
        Ward 1963, J. Am. Stat. Assoc. 58:236; Murtagh 1983, Comput. J. 26:354. Deviation: clusters
        start with the sizes of the tokens.
    """
    size = tokens.sizes.cpu().numpy().astype(np.float64) if weights is None else weights.copy()
    rounds, left = _merge_rounds(merge_costs(as_array(tokens.content).astype(np.float64), size), size)
    chain = _merge_chain(left)
    merges = np.concatenate([*(pairs for pairs, _ in rounds), left.earliest[chain[0]]])
    heights = np.concatenate([*(paid for _, paid in rounds), chain[1]])
    order = np.argsort(heights, kind="stable")
    return Dendrogram(narrowest(merges[order], len(size)), heights[order])


@dataclass(frozen=True, slots=True)
class _Clusters:
    """Clusters that are still to be merged.

    Attributes:
        earliest: Earliest token of each, rising, (C,).
        size: (C,).
        height: What the last merge inside each paid, (C,). Rounding must not put a merge before the
            ones that made its clusters.
        cost: What merging each pair would lose, diagonal inf, (C, C).
    """

    earliest: Indices
    size: Array
    height: Array
    cost: Array


def _merge_rounds(cost: Array, size: Array) -> tuple[list[tuple[Indices, Array]], _Clusters]:
    """Return the merges of mutual nearest neighbours, round by round, and the clusters that remain.

    Args:
        cost: What merging each pair of tokens would lose, diagonal inf, (N, N).
        size: (N,).

    Returns:
        For each round the pairs of earliest tokens, (M, 2), and what each pays, (M,); and the rest.
    """
    earliest, height = np.arange(len(size)), np.zeros(len(size))
    rounds: list[tuple[Indices, Array]] = []
    # Times the sum of both sizes, the update of Lance and Williams is a sum and a difference.
    scaled = cost * np.add.outer(size, size)
    while len(size) > 1:
        near = cost.argmin(1)
        own = np.arange(len(near))
        first = np.flatnonzero((near[near] == own) & (own < near))
        if len(first) * FEWEST_SHARE < len(near):
            break
        second = near[first]
        stay = np.delete(own, second)
        paid = cost[first, second]
        height[first] = np.maximum(paid, np.maximum(height[first], height[second]))
        rounds.append((earliest[np.stack([first, second], axis=1)], height[first]))
        rows = _joined(scaled, first, second, stay, paid[:, None] * size)
        size[first] += size[second]
        size, earliest, height = size[stay], earliest[stay], height[stay]
        rows = _joined(np.ascontiguousarray(rows.T), first, second, stay, paid[:, None] * size)
        # Both orders of update differ by rounding; ties need a matrix that is symmetric to the last bit.
        scaled = np.minimum(rows, rows.T)
        np.fill_diagonal(scaled, np.inf)
        cost = scaled / np.add.outer(size, size)
    return rounds, _Clusters(earliest, size, height, cost)


def _joined(scaled: Array, first: Indices, second: Indices, stay: Indices, less: Array) -> Array:
    """Return scaled costs with the rows of each pair joined; `scaled` is overwritten.

    Args:
        scaled: Costs times the sum of both sizes, (C, M).
        first: The row of each pair that stays, (R,).
        second: The row that goes, (R,).
        stay: All rows that stay, rising.
        less: What each pair pays times the size of each column's cluster, (R, M).
    """
    scaled[first] += scaled[second] - less
    rows: Array = scaled.take(stay, axis=0)
    return rows


def _merge_chain(clusters: _Clusters) -> tuple[Indices, Array]:
    """Return the merges of C clusters down to one, parts before wholes, (C-1, 2), and their heights, (C-1,).

    Nearest-neighbour chain: follow nearest neighbours until two point at each other. The row of a merged
    cluster follows from Lance and Williams. Ties go to the earlier cluster.

    Args:
        clusters: What remains; overwritten.
    """
    size, height, cost = clusters.size, clusters.height, clusters.cost
    count = len(size)
    merges, heights = np.empty((count - 1, 2), dtype=np.int64), np.empty(count - 1)
    alive = np.ones(count, dtype=bool)
    chain: list[int] = []
    for step in range(count - 1):
        if not chain:
            chain.append(int(alive.argmax()))
        while True:
            row = cost[chain[-1]]
            near = int(row.argmin())
            if len(chain) > 1 and row[chain[-2]] <= row[near]:
                break
            chain.append(near)
        i, j = sorted(chain[-2:])
        del chain[-2:]
        paid, both = cost[i, j], size[i] + size[j]
        update = (size[i] + size) * cost[i] + (size[j] + size) * cost[j] - size * paid
        update /= both + size
        update[i] = np.inf
        cost[i] = cost[:, i] = update
        cost[:, j] = np.inf
        alive[j] = False
        size[i] = both
        height[i] = max(paid, height[i], height[j])
        merges[step], heights[step] = (i, j), height[i]
    return merges, heights


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` tokens by the merges that lose the least energy."""
    return merged(tokens, cut(dendrogram(tokens), num_keep))


METHOD = Method(
    name="ward",
    stage="spatial",
    rule="merge the pair that loses the least energy, again and again; one dendrogram holds every budget",
    paper="Ward 1963 (minimum variance), with token sizes as weights; ours",
    compress=compress,
    tree=dendrogram,
)
