"""The similarity of content: exact cases, and the cuts that raw cosines do not see."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tokcomp_cli.compress.content_similarity import ContentSimilarity, patch_similarity, token_similarity
from tokcomp_cli.core.stats import STATISTICS


def grids(seed, count=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 12, 6, generator=generator) * 3


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("floor", [0.0, 1.0])
def test_the_same_content_is_exactly_alike_blank_or_not(statistic, floor):
    alike = ContentSimilarity(statistic, floor)
    for one in (grids(0)[0], torch.zeros(12, 6), torch.ones(12, 6)):
        assert alike(one, one.clone()) == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(STATISTICS), st.floats(0, 30))
def test_it_is_symmetric_and_between_minus_one_and_one(seed, statistic, floor):
    a, b = grids(seed)
    alike = ContentSimilarity(statistic, floor)
    assert alike(a, b) == pytest.approx(alike(b, a), abs=1e-12)
    assert -1 - 1e-9 <= alike(a, b) <= 1


def test_mean_is_lins_concordance_over_all_patches_and_channels():
    a, b = grids(1)
    x, y = a.double().numpy(), b.double().numpy()
    mean_x, mean_y = x.mean(0), y.mean(0)
    covariance = ((x - mean_x) * (y - mean_y)).sum()
    by_hand = (
        2
        * covariance
        / (((x - mean_x) ** 2).sum() + ((y - mean_y) ** 2).sum() + 12 * ((mean_x - mean_y) ** 2).sum())
    )
    assert ContentSimilarity("mean", 0.0)(a, b) == pytest.approx(by_hand)


def test_the_floor_makes_faint_differences_alike():
    a, b = grids(2) * 0.01
    assert ContentSimilarity("mean", 0.0)(a, b) < 0.6
    assert ContentSimilarity("mean", 20.0)(a, b) > 0.99


def test_patches_and_tokens_equal_slow_loops():
    a, b = grids(3)
    found = patch_similarity(a, b, 0.5)
    assert found.mean() < 1
    assert ContentSimilarity("min", 0.5)(a, b) == pytest.approx(float(found.min()))
    sizes = torch.arange(1, 13)
    x = a.double() - (sizes[:, None] * a.double()).sum(0) / sizes.sum()
    energy = x.square().sum(1)
    least = 2 * float((sizes * energy).sum() / sizes.sum())
    alike = token_similarity(a, sizes, 0.5)
    for i in range(12):
        for j in range(12):
            apart = float((x[i] - x[j]).square().sum())
            by_hand = 1 - apart / max(float(energy[i] + energy[j]), least, 1.0)
            assert float(alike[i, j]) == pytest.approx(by_hand, abs=1e-9)


def plain(*colours):
    return np.stack([np.full((240, 320, 3), colour, np.uint8) for colour in colours])


def sky(top, bottom):
    ramp = np.linspace(0, 1, 240)[:, None, None]
    picture = (1 - ramp) * np.array(top) + ramp * np.array(bottom)
    return np.broadcast_to(picture, (240, 320, 3)).astype(np.uint8)


@pytest.mark.parametrize("name", ["embedded", "handcrafted"])
def test_cuts_between_plain_and_smooth_shots_are_cuts(name, request):
    encoder = request.getfixturevalue(name)
    facts = encoder.facts
    shots = np.concatenate(
        [
            plain((200, 30, 30), (30, 160, 30), (0, 0, 0), (255, 255, 255)),
            np.stack([sky((90, 150, 230), (200, 225, 250)), sky((5, 8, 25), (30, 35, 60))]),
        ]
    )
    red, green, black, white, day, night = encoder.encode(shots).features - encoder.blank
    alike = ContentSimilarity(facts.similarity, facts.floor)
    for a, b in ((red, green), (black, white), (day, night), (black, day)):
        assert alike(a, b) < facts.threshold
    for one in (red, green, black, white, day, night):
        assert alike(one, one) == 1.0
    near = encoder.encode(plain((128, 128, 128), (132, 132, 132))).features - encoder.blank
    assert alike(near[0], near[1]) > facts.threshold
