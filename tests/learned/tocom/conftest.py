"""A small tower: the first three blocks of the embedded one, on 4 x 4 patches."""

from copy import copy
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from tests.evidence.conftest import packages  # noqa: F401 a fixture
from tokcomp_cli.learned.tocom.checkpoint import ToComCard
from tokcomp_cli.learned.tocom.merging_tower import MergingTower

CARD = ToComCard("embedded", "", 384, 4, 2, 0, 2, 16, "float32", 0.0, (), {})


@pytest.fixture(scope="session")
def small_encoder(embedded):
    made = copy(embedded.at_grid((4, 4)))
    made.tower = replace(made.tower, blocks=made.tower.blocks[:3])
    return made


@pytest.fixture(scope="session")
def small(small_encoder):
    return MergingTower(small_encoder)


@pytest.fixture(scope="session")
def pictures():
    """Sixteen smooth pictures, uint8, (16, 64, 64, 3)."""
    coarse = torch.rand(16, 3, 6, 6, generator=torch.Generator().manual_seed(3)) * 255
    return F.interpolate(coarse, 64, mode="bicubic").clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous()
