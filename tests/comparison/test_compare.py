"""The parts of a comparison that can be checked by hand."""

import numpy as np
import pytest
import torch

from tests.helpers.laid_down import LaidDown, buffered
from tests.helpers.results import fidelity
from tokcomp_cli.bench.methods import Size, bench_methods
from tokcomp_cli.comparison.downsample import around
from tokcomp_cli.comparison.inputs import shares
from tokcomp_cli.compress import METHODS
from tokcomp_cli.core.bootstrap import bootstrap
from tokcomp_cli.measure.interpolate import between, mean_of
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve
from tokcomp_cli.reduce.grouping import merged_frames
from tokcomp_cli.reduce.join import join_accumulated


def test_shares_add_up_and_differ_by_one_at_most():
    assert shares(10, 4) == (3, 3, 2, 2)
    assert shares(4, 4) == (1, 1, 1, 1)


def test_smaller_pictures_keep_the_proportions_and_bracket_the_count():
    assert around((14, 14), 32) == ((5, 5), (6, 6))
    assert around((14, 14), 36) == ((6, 6), (6, 6))
    assert around((7, 14), 1) == ((1, 1), (1, 1))
    assert around((2, 3), 6) == ((2, 3), (2, 3))
    for count in range(1, 99):
        below, above = around((7, 14), count)
        assert below[0] * below[1] <= count <= above[0] * above[1]


def test_fidelity_between_counts_is_straight_over_the_logarithm():
    low, high = fidelity(0.5), fidelity(0.7)
    assert between(low, high, (16, 64), 16).explained == pytest.approx(0.5)
    assert between(low, high, (16, 64), 32).explained == pytest.approx(0.6)
    assert between(low, high, (16, 16), 16).explained == pytest.approx(0.5)
    assert mean_of([low, high]).explained == pytest.approx(0.6)
    assert mean_of([low, high]).worst_frame == low.worst_frame


def test_the_bootstrap_interval_covers_the_mean_and_shrinks_on_one_value():
    rng = np.random.default_rng(0)
    values = rng.normal(0.1, 0.05, 40).tolist()
    found = bootstrap(values, seed=0)
    assert found.low < found.mean < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.std(values) / 40**0.5, rel=0.15)
    assert bootstrap([0.3], seed=0).low == pytest.approx(0.3)


@pytest.mark.parametrize("temporal", ["none", "frame-merge", "uniform", "adjacent"])
def test_merged_frames_join_with_their_sums(shots, temporal):
    encoder = LaidDown(shots, (3, 4))
    settings = resolve(Plan.of(temporal=temporal), encoder.facts)
    groups = list(merged_frames(buffered(encoder, settings, len(shots))[0], encoder.blank, settings))
    (one,) = join_accumulated(groups, 1, settings.alike, encoder.blank)
    assert (one.first, one.frames) == (0, 9)
    if temporal in {"none", "frame-merge"}:
        assert one.owned == 9
        torch.testing.assert_close(one.mean, shots.mean(0), rtol=1e-5, atol=1e-5)
    if temporal == "uniform":
        assert one.owned == groups[0].owned == 1
    assert len(one.similarities) == 8


def test_a_smaller_grid_of_the_embedded_encoder(embedded):
    picture = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    small = embedded.at_grid((5, 6))
    tokens = small.encode(picture)
    assert tokens.features.shape == (1, 30, 384)
    assert small.blank.shape == (30, 384)
    assert small.facts.input_size == (80, 96)
    assert embedded.facts.grid == (14, 14)
    assert embedded.blank.shape == (196, 384)
    same = embedded.at_grid((14, 14)).encode(picture).features
    torch.testing.assert_close(same, embedded.encode(picture).features, rtol=1e-3, atol=1e-3)


def test_bench_times_every_method_once_a_round():
    tiny = (Size("one", 1, (4, 4), 8, 4), Size("film", 4, (2, 3), 8, 8))
    timings = bench_methods(2, sizes=tiny)
    of_film = {one.method for one in timings if one.size == "film"}
    assert of_film == {method.name for method in METHODS if method.decide is None} - {"none", "learned"}
    assert (
        len([one for one in timings if one.size == "one"])
        == len([method for method in METHODS if method.compress]) - 2
    )
    assert all(one.ms > 0 and one.spread_ms >= 0 for one in timings)
