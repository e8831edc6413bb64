"""Fixtures that several rooms use."""

from pathlib import Path

import pytest
import torch

from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.encoders.base import Encoder

# Small tensors: a second thread costs more than it gives, above all when two test processes share two cores.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def samples() -> Path:
    return Path(__file__).parent.parent / "samples"


@pytest.fixture(scope="session")
def embedded() -> Encoder:
    return load_encoder("embedded")


@pytest.fixture(scope="session")
def handcrafted() -> Encoder:
    return load_encoder("handcrafted")


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
