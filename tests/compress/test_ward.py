"""Ward against a slow greedy loop, SciPy, and its own definition."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage

from tests.compress.tokens import token_set
from tokcomp_cli.compress.dendrogram import below, cut
from tokcomp_cli.compress.saliency_ward import tree_of
from tokcomp_cli.compress.ward import dendrogram, merge_costs
from tokcomp_cli.core.origin import merge_mean
from tokcomp_cli.core.tokens import TokenSet, grid_tokens

seeds = given(seed=st.integers(0, 9999))
quick = settings(max_examples=15, deadline=None)


def lost(tokens: TokenSet, owner: torch.Tensor) -> float:
    content = tokens.content.double()
    mean, _ = merge_mean(content, tokens.sizes, owner, int(owner.max()) + 1)
    return float((tokens.sizes * (content - mean[owner]).square().sum(1)).sum())


def greedy(tokens: TokenSet) -> tuple[list[tuple[int, int]], list[float]]:
    """Always the cheapest pair, every pair computed anew."""
    groups = {i: [i] for i in range(len(tokens))}
    content, sizes = tokens.content.double().numpy(), tokens.sizes.numpy()
    merges, heights = [], []
    while len(groups) > 1:
        mean = {i: np.average(content[own], axis=0, weights=sizes[own]) for i, own in groups.items()}
        size = {i: sizes[own].sum() for i, own in groups.items()}
        price, i, j = min(
            (size[i] * size[j] / (size[i] + size[j]) * np.square(mean[i] - mean[j]).sum(), i, j)
            for i in groups
            for j in groups
            if i < j
        )
        merges.append((i, j))
        heights.append(price)
        groups[i] += groups.pop(j)
    return merges, heights


@pytest.mark.parametrize("seed", range(40))
def test_equal_tokens_cost_the_same_both_ways_to_the_last_bit_so_that_chains_end(seed):
    tokens = token_set("few", (5, 6), width=6, seed=seed)
    cost = merge_costs(tokens.content.double().numpy(), tokens.saliency.double().numpy())
    assert np.array_equal(cost, cost.T)
    assert len(tree_of(tokens).merges) == 29


@seeds
@quick
def test_agrees_with_a_slow_greedy_loop(seed: int) -> None:
    tokens = token_set("random", (4, 5), seed=seed)
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.randint(1, 9, (20,), generator=generator)
    tokens = TokenSet(tokens.features, sizes, tokens.position)
    tree = dendrogram(tokens)
    merges, heights = greedy(tokens)
    assert tree.merges.tolist() == [list(pair) for pair in merges]
    np.testing.assert_allclose(tree.heights, heights, rtol=1e-9)


@pytest.mark.parametrize("side", [2, 7, 14])
def test_agrees_with_scipy(side: int) -> None:
    tokens = token_set("shared", (side, side), width=32, seed=side)
    content = tokens.features.double().numpy()
    reference = linkage(content, "ward")
    tree = dendrogram(tokens)
    np.testing.assert_allclose(tree.heights, reference[:, 2] ** 2 / 2, rtol=1e-8)
    for num_keep in {1, 2, side, side * side // 2}:
        theirs = fcluster(reference, num_keep, "maxclust")
        ours = cut(tree, num_keep).numpy()
        assert len(set(zip(ours.tolist(), theirs.tolist(), strict=True))) == num_keep


@seeds
@quick
def test_heights_are_the_energy_lost(seed: int) -> None:
    tokens = token_set("random", (5, 6), seed=seed, size=4)
    tree = dendrogram(tokens)
    assert (np.diff(tree.heights) >= 0).all()
    paid = np.concatenate([[0], tree.heights.cumsum()])
    for num_keep in range(1, 31):
        assert lost(tokens, cut(tree, num_keep)) == pytest.approx(paid[30 - num_keep], rel=1e-6, abs=1e-4)


@seeds
@quick
def test_cut_of_what_is_below_a_cut_is_the_cut(seed: int) -> None:
    tree = dendrogram(token_set("random", (5, 6), seed=seed))
    first = cut(tree, 17)
    rest = below(tree, 17)
    assert rest.num_tokens == 17
    for num_keep in (17, 9, 2, 1):
        assert torch.equal(cut(rest, num_keep)[first], cut(tree, num_keep))


@seeds
@quick
def test_a_weight_is_so_many_copies(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(12, 5, generator=generator)
    sizes = torch.randint(1, 5, (12,), generator=generator)
    weighted = TokenSet(features, sizes, torch.zeros(12, 3, dtype=torch.int64))
    copies = torch.arange(12).repeat_interleave(sizes)
    many = grid_tokens(features[copies], (1, len(copies)))
    for num_keep in (1, 4, 8, 12):
        assert torch.equal(cut(dendrogram(weighted), num_keep)[copies], cut(dendrogram(many), num_keep))


def test_four_tokens_by_hand() -> None:
    features = torch.tensor([[0.0], [10.0], [1.0], [13.0]])
    tree = dendrogram(grid_tokens(features, (2, 2)))
    assert tree.merges.tolist() == [[0, 2], [1, 3], [0, 1]]
    # 1/2 * 1; 1/2 * 9; 2*2/4 * 11 squared
    np.testing.assert_allclose(tree.heights, [0.5, 4.5, 121])
    assert cut(tree, 2).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("kind", ["constant", "zero", "few"])
def test_ties_give_a_whole_tree(kind: str) -> None:
    tokens = token_set(kind, (9, 11), seed=3)
    tree = dendrogram(tokens)
    assert sorted(tree.merges[:, 1].tolist()) == list(range(1, 99))
    assert (tree.merges[:, 0] < tree.merges[:, 1]).all()
    assert lost(tokens, cut(tree, 3)) == pytest.approx(0, abs=1e-6)
    for num_keep in (1, 50, 98, 99):
        assert len(cut(tree, num_keep).unique()) == num_keep


def test_a_row_of_growing_gaps() -> None:
    """Only one pair is mutual at a time, so the chain has to do it all."""
    features = torch.arange(60.0).square()[:, None]
    tree = dendrogram(grid_tokens(features, (1, 60)))
    merges, heights = greedy(grid_tokens(features, (1, 60)))
    assert tree.merges.tolist() == [list(pair) for pair in merges]
    np.testing.assert_allclose(tree.heights, heights, rtol=1e-9)
