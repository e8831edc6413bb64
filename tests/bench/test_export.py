from importlib.util import find_spec

import pytest

from tokcomp_cli.bench.export import bench_export
from tokcomp_cli.core.timing import unwatched
from tokcomp_cli.cost.table import load_models
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.plan import Plan

GPT = load_models()["gpt-4o"]


def benched(path, encoder, **given):
    plan = Plan.of(encoder="handcrafted", fps=2)
    return bench_export(str(path), plan, GPT, encoder, progress=unwatched, **given)


def test_ways_are_measured_at_equal_tokens(samples, handcrafted):
    clip = samples / "city_cc0_cut_mpeg2.mkv"
    two, all_ = benched(clip, handcrafted, frames=[2, 9], shots=[(0.0, 1.8), (1.8, 4.2)])
    found = {choice.way: choice for choice in two.choices}
    assert {"uniform", "keyframes", "tokcomp export"} <= set(found)
    assert ("PySceneDetect middles" in found) == (find_spec("scenedetect") is not None)
    assert found["uniform"].tokens == found["tokcomp export"].tokens == 2 * 425
    assert (two.shots, two.shots_by, found["tokcomp export"].shots) == (2, "given", 2)
    assert found["tokcomp export"].explained >= found["uniform"].explained
    every = {choice.way: choice for choice in all_.choices}
    assert every["tokcomp export"].explained == pytest.approx(1, abs=1e-3)
    assert every["uniform"].explained == pytest.approx(1, abs=1e-3)


def test_a_picture_has_nothing_to_choose(samples, handcrafted):
    with pytest.raises(PlanError, match="name a video"):
        benched(samples / "flower.jpg", handcrafted, frames=[2], shots=None)
