"""A budget is what was asked: only what the user set caps it, and the result names that."""

import re
from functools import partial

import av
import numpy as np
import pytest
import torch

from tests.helpers.laid_down import LaidDown
from tokcomp_cli.compress import METHODS
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.errors import PlanError
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan

GRID, DIM, FRAMES = (3, 4), 6, 11
BUDGETS = ("1", "7", "30", "25%", "60%", "131", "100%", "5000")
SETTINGS = (
    {},
    *({"spatial": method.name} for method in METHODS if method.stage == "spatial" and method.load is None),
    *({"temporal": method.name} for method in METHODS if method.stage == "temporal"),
    {"spatial_ratio": 0.3},
    {"threshold": 0.2},
    {"threshold": 0.2, "spatial_ratio": 0.3},
    {"temporal": "evs", "temporal_ratio": 0.1},
    {"allocate": "uniform"},
    {"reduce": "steps"},
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Return a clip of small frames, two a second, no two alike."""
    path, rng = tmp_path_factory.mktemp("clip") / "small.mkv", np.random.default_rng(0)
    with av.open(path, "w") as container:
        stream = container.add_stream("ffv1", rate=2)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr0"
        for _ in range(FRAMES):
            coarse = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
            picture = av.VideoFrame.from_ndarray(coarse.repeat(8, 0).repeat(8, 1), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def features():
    generator = torch.Generator().manual_seed(7)
    scene = torch.randn(3, 12, DIM, generator=generator) * 3
    noise = torch.randn(FRAMES, 12, DIM, generator=generator)
    return scene[torch.arange(FRAMES) * 3 // FRAMES] + noise


def kept(path, features, **settings):
    found = run(str(path), Plan.of(**settings), LaidDown(features, GRID)).analysis
    return found.llm_input, found.stages[-1].notes


def asked_of(budget, original):
    return half_up(float(budget[:-1]) / 100 * original) if budget.endswith("%") else int(budget)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("frames", [1, FRAMES])
def test_a_budget_is_met_or_what_the_user_set_is_named_and_leaving_it_out_helps(
    samples, clip, features, frames, settings
):
    count = partial(kept, samples / "coffee.png" if frames == 1 else clip, features[:frames])
    original = frames * 12
    try:
        there, _ = count(**settings, budget="5000")
    except PlanError:  # the method needs what this encoder or one picture does not have
        return
    if not settings or set(settings) <= {"allocate", "reduce"}:
        assert there == original
    for budget in BUDGETS:
        asked = asked_of(budget, original)
        achieved, notes = count(**settings, budget=budget)
        assert achieved == min(asked, there), budget
        left = dict(settings)
        while achieved < min(asked, original):
            named = {key.replace("-", "_") for key in re.findall(r"--([a-z-]+) \S+", notes[-1])}
            assert named & set(left), (budget, notes)
            left = {key: value for key, value in left.items() if key not in named}
            achieved, notes = count(**left, budget=budget)
        assert achieved == min(asked, original)
