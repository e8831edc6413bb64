"""Fixtures that several rooms use."""

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.helpers.laid_down import Ran
from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.plan.plan import Plan

# Small tensors: a second thread costs more than it gives, above all when two test processes share two cores.
torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the settings, weights and calibrations of whoever runs the tests out of them."""
    root = tmp_path_factory.mktemp("nobody")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("TOKCOMP_") and "GOLDENS" not in name]:
            patch.delenv(name)
        patch.setenv("XDG_CONFIG_HOME", str(root / "config"))
        patch.setenv("TOKCOMP_CACHE", str(root / "cache"))
        patch.setenv("HF_HUB_CACHE", str(root / "hub"))
        yield


@pytest.fixture(scope="session")
def samples() -> Path:
    return Path(__file__).parent.parent / "samples"


@pytest.fixture(scope="session")
def embedded() -> Encoder:
    return load_encoder("embedded", precision="float32")


@pytest.fixture(scope="session")
def embedded_auto() -> Encoder:
    """In the number format that a command takes: many frames need a quarter of float32's time."""
    return load_encoder("embedded", precision="auto")


@pytest.fixture(scope="session")
def handcrafted() -> Encoder:
    return load_encoder("handcrafted")


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small CLIP with random weights, saved as a user would."""
    from tests.helpers import towers

    folder = tmp_path_factory.mktemp("clip") / "tiny"
    towers.save(folder, "openai")
    return folder


@pytest.fixture(scope="session")
def vlm_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of a small vision-language model with random weights, saved at its first use."""
    root = tmp_path_factory.mktemp("vlm")

    def folder(kind: str, **settings: object) -> Path:
        sys.path.insert(0, str(Path(__file__).parent / "vlm"))
        name = "-".join([kind, *(f"{key}{value}" for key, value in settings.items())])
        if not (root / name).exists():
            getattr(import_module("small_models"), f"save_{kind}")(root / name, **settings)
        return root / name

    return folder


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def run_plan() -> Callable[..., Ran]:
    def go(features: Tensor, plan: Plan, grid: tuple[int, int] = (3, 4)) -> Ran:
        return Ran(features, grid, plan)

    return go


@pytest.fixture
def shots() -> Tensor:
    """Nine frames in three shots of 12 tokens each, (9, 12, 6): noise within a shot, new content at cuts."""
    generator = torch.Generator().manual_seed(7)
    scene = torch.randn(3, 12, 6, generator=generator) * 3
    return scene.repeat_interleave(3, 0) + torch.randn(9, 12, 6, generator=generator) * 0.3
