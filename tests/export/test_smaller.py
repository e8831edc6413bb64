from collections import Counter

import numpy as np
import pytest

from tests.export.clips import face
from tokcomp_cli.cost.table import load_models
from tokcomp_cli.export.smaller import beside, offers_below, shown_frames

MODEL = load_models()["gpt-4o"]


def test_tiers_that_cost_less_come_cheapest_first():
    found = offers_below(MODEL, 765, 1024, 576)
    assert [(one.tier.name, one.size, one.seen.tokens) for one in found] == [
        ("detail=low", (512, 288), 85),
        ("detail=high@512px", (910, 512), 425),
    ]
    assert offers_below(MODEL, 85, 1024, 576) == []
    claude = offers_below(load_models()["claude-standard"], 777, 1024, 576)
    assert [one.tier.name for one in claude] == ["size=504px", "size=756px"]


def test_what_did_not_change_is_that_of_the_large_one_to_the_pixel():
    told, changed = beside(face(1), face(2), (512, 288))
    assert changed[60:180, 860:980].mean() > 0.8
    outside = ~changed
    assert np.array_equal(told[outside], face(2)[outside])
    assert not changed[:, :800].any()
    apart = np.abs(told[60:180, 860:980].astype(int) - face(1)[60:180, 860:980]).mean()
    assert apart < np.abs(face(2)[60:180, 860:980].astype(int) - face(1)[60:180, 860:980]).mean() / 4


def test_frames_in_which_little_moved_are_small_and_the_last_is_large(handcrafted):
    frames, about = [face(seed) for seed in range(3)], [(0.0, 0), (1.0, 0), (2.0, 0)]
    offers = offers_below(MODEL, 765, 1024, 576)
    shown = shown_frames(iter(frames), about, offers, handcrafted, None, target=0.9)
    assert [one.small is not None for one in shown] == [True, True, False]
    assert {one.small.beside for one in shown[:2]} == {2.0}
    assert all(0.9 <= one.small.tier.survival.explained < 1 for one in shown[:2])
    assert np.array_equal(shown[2].picture, frames[2])
    strict = shown_frames(iter(frames), about, offers, handcrafted, None, target=1.0)
    assert all(one.small is None for one in strict)


def test_another_screen_or_another_picture_is_large(handcrafted):
    offers = offers_below(MODEL, 765, 1024, 576)
    other = shown_frames(
        iter([face(0), face(1)]), [(0.0, 0), (1.0, 1)], offers, handcrafted, None, target=0.1
    )
    assert all(one.small is None for one in other)
    noise = np.random.default_rng(0).integers(0, 256, (576, 1024, 3), dtype=np.uint8)
    shown = shown_frames(iter([noise, face(1)]), [(0.0, 0), (1.0, 0)], offers, handcrafted, None, target=0.1)
    assert all(one.small is None for one in shown)


class Words:
    """A stand-in for a reader: every second picture that it sees has lost words."""

    def __init__(self, lost):
        self.lost, self.calls = lost, 0

    def words(self, picture):
        self.calls += 1
        return Counter({f"word{at}": 1 for at in range(20 if self.calls % 2 else 20 - self.lost)})


@pytest.mark.parametrize(("lost", "small"), [(2, True), (3, False)])
def test_words_decide_where_they_are_read_also_between_screens(handcrafted, lost, small):
    offers = offers_below(MODEL, 765, 1024, 576)[:1]
    shown = shown_frames(
        iter([face(0), face(1)]), [(0.0, 0), (1.0, 1)], offers, handcrafted, Words(lost), target=0.5
    )
    assert [one.small is not None for one in shown] == [small, False]
