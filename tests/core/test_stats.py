import math

import pytest
import torch

from tokcomp_cli.core.stats import effective_rank, normalised_entropy


def test_effective_rank_of_orthonormal_rows_is_their_number():
    assert effective_rank(torch.eye(7, 12)) == pytest.approx(7)


def test_effective_rank_of_one_direction_is_one():
    assert effective_rank(torch.outer(torch.arange(1.0, 6.0), torch.ones(3))) == pytest.approx(1, abs=1e-5)


def test_effective_rank_agrees_with_the_singular_values():
    rows = torch.randn(20, 8, generator=torch.Generator().manual_seed(1))
    values = torch.linalg.svdvals(rows.double())
    share = values / values.sum()
    assert effective_rank(rows) == pytest.approx(math.exp(-(share * share.log()).sum().item()), rel=1e-6)


def test_zero_matrix_has_rank_one():
    assert effective_rank(torch.zeros(4, 3)) == 1.0


def test_entropy_is_one_when_even_and_zero_when_one_holds_all():
    assert normalised_entropy(torch.ones(9)) == pytest.approx(1.0)
    assert normalised_entropy(torch.tensor([0.0, 5.0, 0.0])) == pytest.approx(0.0)
    assert normalised_entropy(torch.zeros(3)) == 1.0
