"""Ward weighted by saliency: identity with Ward, and what it is for."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tokcomp_cli.compress import saliency_ward, ward
from tokcomp_cli.compress.dendrogram import cut
from tokcomp_cli.compress.saliency_ward import tree_of
from tokcomp_cli.core.tokens import grid_tokens
from tokcomp_cli.errors import PlanError


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@given(st.integers(1, 24), st.floats(0.01, 100))
@settings(max_examples=20, deadline=None)
def test_even_saliency_is_ward(num_keep, level):
    x = draw(24, 6)
    one = saliency_ward(x, num_keep=num_keep, saliency=torch.full((24,), level))
    other = ward(x, num_keep=num_keep)
    assert torch.equal(one.owner, other.owner)
    assert torch.equal(one.features, other.features)


def test_without_any_saliency_it_is_ward():
    x = draw(24, 6)
    one, other = saliency_ward(x, num_keep=5, saliency=torch.zeros(24)), ward(x, num_keep=5)
    assert torch.equal(one.owner, other.owner)


def test_salient_patches_lose_less_than_with_ward():
    x = draw(64, 16)
    saliency = torch.ones(64)
    saliency[[9, 27, 50]] = 40

    def lost(kept):
        return float((x - kept.features[kept.owner]).square().sum(1)[[9, 27, 50]].sum())

    for num_keep in (8, 16, 24):
        assert lost(saliency_ward(x, num_keep=num_keep, saliency=saliency)) < lost(ward(x, num_keep=num_keep))


def test_heights_rise_so_that_every_budget_is_a_cut():
    tokens = grid_tokens(draw(30, 7), (5, 6), saliency=draw(30, seed=3).abs(), size=3)
    tree = tree_of(tokens)
    assert (tree.heights[1:] >= tree.heights[:-1]).all()
    owners = [cut(tree, num_keep) for num_keep in range(1, 31)]
    for fewer, more in itertools.pairwise(owners):
        assert len(set(zip(more.tolist(), fewer.tolist(), strict=True))) == int(more.max()) + 1  # nested


def test_it_asks_for_saliency():
    with pytest.raises(PlanError, match="saliency"):
        saliency_ward(draw(9, 3), num_keep=2)
