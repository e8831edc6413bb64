"""Vectors as merged frames hold them: smaller, and still the same to what each size can tell."""

import pytest
import torch

from tokcomp_cli.core.origin import merge_mean
from tokcomp_cli.reduce.vectors import held

TOKENS, DIM = 40, 24
OWNER = torch.cat([torch.arange(TOKENS - 4) // 3, torch.full((4,), -1)])
COUNT = int(OWNER.max()) + 1


def vectors() -> torch.Tensor:
    made = torch.randn(TOKENS, DIM, generator=torch.Generator().manual_seed(0))
    made *= torch.logspace(-3, 3, TOKENS)[:, None]  # each row has a scale of its own
    made[5] = 0
    return made


def kept(bits: int, of: torch.Tensor):
    one = held(of, torch.arange(1, TOKENS + 1), half=bits < 32)
    return one.in_bytes() if bits == 8 else one


@pytest.mark.parametrize(("bits", "most"), [(32, 0.0), (16, 2.0**-11), (8, 0.55 / 127)])
def test_each_row_is_as_near_as_its_size_can_tell(bits, most):
    given = vectors()
    one = kept(bits, given)
    assert one.rows.element_size() * 8 == bits
    within = given.abs().max() if bits == 16 else given.abs().amax(1, keepdim=True)
    assert ((one.make() - given).abs() <= most * within).all()
    assert not one.make()[5].any()


@pytest.mark.parametrize("bits", [32, 16, 8])
def test_means_and_sums_are_those_of_the_vectors_that_are_made(bits):
    one = kept(bits, vectors())
    mean = merge_mean(one.make(), one.weights.long(), OWNER, COUNT)[0]
    merged = one.merged(OWNER, COUNT)
    torch.testing.assert_close(merged.make(), mean)
    times = torch.arange(1, COUNT + 1)
    torch.testing.assert_close(merged.sum(times), times.double() @ mean.double(), rtol=1e-5, atol=1e-5)
    assert merged.rows.data_ptr() == one.rows.data_ptr()
