"""Where the tests of the encoders find the small models."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import towers


@dataclass(frozen=True, slots=True)
class Opened:
    """A model as open_clip has it, the encoder opened from its folder, pictures, and what it said of them."""

    model: Any
    encoder: Any
    rgb: np.ndarray[Any, np.dtype[np.uint8]]
    tokens: Any
    folder: Path


@pytest.fixture(autouse=True)
def plain_processor(monkeypatch):
    """Have `auto` mean float32: these tests hold the arithmetic to other code's."""
    monkeypatch.setattr("tokcomp_cli.encoders.precision.cpu_flags", frozenset)


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Opened]:
    """Return each family's model once, opened through the command's own entry."""
    from tokcomp_cli.encoders import load_encoder

    kept: dict[str, Opened] = {}

    def one(family: str) -> Opened:
        if family not in kept:
            folder = tmp_path_factory.mktemp(family)
            model = towers.save(folder, family)
            name, size = f"clip:local-dir:{folder}", towers.RESOLUTION.get(family)
            encoder = load_encoder(name, resolution=size, precision="float32")
            rgb = towers.frames(2, encoder.facts.input_size)
            kept[family] = Opened(towers.resized(model, family), encoder, rgb, encoder.encode(rgb), folder)
        return kept[family]

    return one
