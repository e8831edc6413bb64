"""Groups add up between ratios, and cancel on the way back."""

import pytest
import torch

from tokcomp_cli.errors import PlanError
from tokcomp_cli.learned.tocom.adapters import Adapters


@pytest.fixture
def adapters():
    torch.manual_seed(0)
    made = Adapters(6, 2, depth=3, width=8)
    torch.nn.init.normal_(made.up)
    return made


def whole(adapters, source, target):
    return torch.stack([one.whole() for one in adapters.between(source, target)])


def test_groups_add_up_and_cancel_on_the_way_back(adapters):
    torch.testing.assert_close(
        whole(adapters, 1, 3) + whole(adapters, 3, 6), whole(adapters, 1, 6), atol=1e-5, rtol=1e-5
    )
    assert torch.equal(whole(adapters, 1, 5) + whole(adapters, 5, 1), torch.zeros(3, 2, 8, 8))
    assert adapters.between(4, 4) == []


def test_a_sum_is_the_sum_of_the_groups_between(adapters):
    expected = sum(adapters.up[group] @ adapters.down[group] for group in (2, 3))
    torch.testing.assert_close(whole(adapters, 2, 4), expected)


def test_applied_it_is_the_matrix(adapters):
    change, tokens = adapters.between(0, 6)[1], torch.randn(2, 5, 8)
    for found, matrix in zip(change(tokens), change.whole(), strict=True):
        torch.testing.assert_close(found, tokens @ matrix.T)


def test_untrained_ones_change_nothing():
    assert not whole(Adapters(4, 2, depth=2, width=8), 0, 4).any()


@pytest.mark.parametrize(("source", "target"), [(0, 7), (-1, 3), (9, 0)])
def test_a_ratio_that_was_not_trained_is_refused(adapters, source, target):
    with pytest.raises(PlanError, match="trained at merge ratios 0 to 6; got"):
        adapters.between(source, target)
