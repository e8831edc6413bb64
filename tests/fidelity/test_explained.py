import pytest
import torch

from tokcomp_cli.errors import PlanError
from tokcomp_cli.fidelity.explained import explained


def test_saliency_counts_a_token_as_often():
    x = torch.randn(10, 4, generator=torch.Generator().manual_seed(0))
    times = torch.tensor([1, 3, 1, 1, 2, 1, 1, 4, 1, 1])
    kept, owner = x[[1, 5]], torch.tensor([0, 0, 1, 1, 0, 1, -1, 0, 1, 1])
    copies = torch.arange(10).repeat_interleave(times)
    found = explained(x, kept, owner, saliency=times.float() * 0.3)
    assert found == pytest.approx(explained(x[copies], kept, owner[copies]), abs=1e-6)
    with pytest.raises(PlanError, match="saliency"):
        explained(x, kept, owner, saliency=torch.ones(3))
