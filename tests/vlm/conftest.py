from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image

from tokcomp_cli.vlm.base import LlmInput, Pictures, Vlm
from tokcomp_cli.vlm.load import load_vlm
from tokcomp_cli.vlm.prompt import features_of, llm_input, prompt_of

TIMES = (0.0, 0.5, 1.0, 3.0, 4.5)


@pytest.fixture(scope="session")
def vlm(vlm_folder) -> Callable[[str], Vlm]:
    """Load a small model by its family's short name, once."""

    @cache
    def load(kind: str) -> Vlm:
        return load_vlm(str(vlm_folder(kind)))

    return load


@pytest.fixture(scope="session")
def picture(samples) -> Pictures:
    return Pictures((np.asarray(Image.open(samples / "coffee.png").convert("RGB")),))


@pytest.fixture(scope="session")
def clip(picture) -> Pictures:
    """Five crops of a picture at uneven times."""
    rgb = tuple(np.ascontiguousarray(picture.rgb[0][:200, 20 * i : 20 * i + 300]) for i in range(5))
    return Pictures(rgb, TIMES, True, 5.0)


@pytest.fixture(scope="session")
def entered(vlm) -> Callable[[str, Pictures], LlmInput]:
    """Give what enters the language model for a question about pictures."""

    def enter(kind: str, pictures: Pictures) -> LlmInput:
        prompt = prompt_of(vlm(kind), pictures, "what is it?")
        return llm_input(vlm(kind), prompt, features_of(vlm(kind), prompt))

    return enter


@pytest.fixture
def shares() -> Callable[[int, int], tuple[int, ...]]:
    """Give falling counts for eight layers."""

    def falling(tokens: int, layers: int = 8) -> tuple[int, ...]:
        keep = (1.0, 0.7, 0.5, 0.4)
        return tuple(max(1, round(tokens * keep[layer * 4 // layers])) for layer in range(layers))

    return falling


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.no_grad():
        yield
