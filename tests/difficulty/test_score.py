from dataclasses import replace

import pytest

from tokcomp_cli.difficulty.rules import EMBEDDED_FIT, band, measured_score, parse_rule
from tokcomp_cli.difficulty.score import difficulty
from tokcomp_cli.difficulty.signals import ImageSignals

EASY = ImageSignals(edge=0.03, colour=0.035, objects=1)
HARD = ImageSignals(edge=0.9, colour=0.5, objects=40)


@pytest.mark.parametrize(
    ("score", "name"),
    [
        (0.0, "easy"),
        (0.2999, "easy"),
        (0.3, "medium"),
        (0.6, "hard"),
        (0.85, "very hard"),
        (1.0, "very hard"),
    ],
)
def test_bands_begin_at_their_limits(score, name):
    assert band(score) == name


def test_without_a_query_the_image_features_make_the_score():
    found = difficulty([EASY], [1], [0.0], None)
    assert found.score == pytest.approx(0.3 * 0.1 + 0.2 * 0.1 + 0.5 * 0.1)
    assert found.features["length"].raw is None
    assert found.hardest_seconds is None


def test_features_are_clipped_before_they_are_weighted():
    found = difficulty([HARD], [1], [0.0], None)
    assert found.score == pytest.approx(1.0)
    assert all(0 <= feature.value <= 1 for feature in found.features.values())


def test_contributions_add_up_to_the_score_with_a_query():
    found = difficulty([EASY], [1], [0.0], "how many cups are not on the table, and why?")
    assert sum(feature.contribution for feature in found.features.values()) == pytest.approx(found.score)
    assert found.score == pytest.approx(0.6 * 0.1 + 0.4 * (0.2 * 10 / 20 + 0.3 + 0.3 + 0.2))


def test_a_video_is_the_frame_weighted_mean_and_names_the_hardest():
    found = difficulty([EASY, HARD], [3, 1], [0.0, 4.5], None)
    assert found.score == pytest.approx((3 * 0.1 + 1.0) / 4)
    assert (found.hardest_seconds, found.hardest_score) == (4.5, pytest.approx(1.0))


def test_with_the_rule_measured_the_variety_alone_makes_the_score():
    signals = replace(HARD, variety=40.0, region=(0,) * 196)
    found = difficulty([signals], [1], [0.0], "why?", rule=parse_rule("measured"))
    alone = difficulty([signals], [1], [0.0], None, rule=parse_rule("measured"))
    assert alone.score == pytest.approx(measured_score(40.0, 196, EMBEDDED_FIT))
    assert alone.features["objects"].contribution == 0
    assert found.score == pytest.approx(alone.score + 0.4 * (0.2 * 1 / 20 + 0.2))
    assert sum(one.contribution for one in found.features.values()) == pytest.approx(found.score)
    assert found.rule == "measured:1.0475,2.386"


def test_the_cuts_in_force_are_stated_and_make_the_band():
    found = difficulty([EASY], [1], [0.0], None, cuts=(0.01, 0.02, 0.03))
    assert (found.band, found.cuts) == ("very hard", (0.01, 0.02, 0.03))


def test_the_map_is_that_of_the_hardest_merged_frame():
    maps = [replace(EASY, region=(0, 1, 0, 0)), replace(HARD, region=(1, 2, 0, 3))]
    found = difficulty(maps, [3, 1], [0.0, 4.5], None, grid=(2, 2)).region_map
    assert found is not None
    assert (found.seconds, found.region, found.regions) == (4.5, (1, 2, 0, 3), 3)
