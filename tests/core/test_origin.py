import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tokcomp_cli.core.origin import (
    check_conservation,
    check_owner,
    first_owned,
    follow,
    gather_sum,
    merge_mean,
)
from tokcomp_cli.errors import ContractError


def test_follow_composes_and_keeps_pruned_patches_pruned():
    origin = torch.tensor([0, 1, -1, 2, 1])
    owner = torch.tensor([1, -1, 0])
    assert follow(origin, owner).tolist() == [1, -1, -1, 0, -1]


@given(st.lists(st.integers(-1, 4), min_size=1, max_size=30), st.data())
def test_follow_agrees_with_a_loop(origin, data):
    owner = data.draw(st.lists(st.integers(-1, 2), min_size=5, max_size=5))
    expected = [owner[token] if token >= 0 else -1 for token in origin]
    assert follow(torch.tensor(origin), torch.tensor(owner)).tolist() == expected


def test_gather_sum_leaves_pruned_rows_out():
    values = torch.tensor([[1.0], [2.0], [4.0], [8.0]])
    assert gather_sum(values, torch.tensor([1, -1, 0, 1]), 2).tolist() == [[4.0], [9.0]]


def test_merge_mean_weights_by_size_and_keeps_single_rows_bit_for_bit():
    features = torch.tensor([[0.1], [3.0], [6.0]])
    mean, sizes = merge_mean(features, torch.tensor([7, 1, 2]), torch.tensor([0, 1, 1]), 2)
    assert sizes.tolist() == [7, 3]
    assert mean[0].item() == features[0].item()
    assert mean[1].item() == pytest.approx(5.0)


def test_first_owned_is_the_earliest():
    assert first_owned(torch.tensor([-1, 1, 0, 1]), 3).tolist() == [2, 1, 4]


@pytest.mark.parametrize(
    ("owner", "sizes_out", "word"),
    [
        ([0, 2], [1, 1], "owners outside"),
        ([0, 0], [1], "sums"),
        ([1, 0], [1, 1], "raster order"),
        ([0, -2], [1], "owners outside"),
    ],
)
def test_check_owner_names_what_is_broken(owner, sizes_out, word):
    with pytest.raises(ContractError, match=word):
        check_owner(torch.tensor(owner), torch.tensor([1, 1]), torch.tensor(sizes_out), method="broken")


def test_check_owner_passes_a_sound_result():
    check_owner(torch.tensor([0, -1, 1, 0]), torch.tensor([1, 1, 2, 3]), torch.tensor([4, 2]), method="sound")


def test_conservation_breaks_on_lost_and_doubled_patches():
    check_conservation(torch.tensor([0, 0, -1, 1]), torch.tensor([2, 1]), 4)
    with pytest.raises(ContractError, match="differ"):
        check_conservation(torch.tensor([0, 0, -1, 1]), torch.tensor([1, 1]), 4)
    with pytest.raises(ContractError, match="add up"):
        check_conservation(torch.tensor([0, 1]), torch.tensor([1, 1]), 3)
