"""Clips follow from their seed, and what is asked about them is true of them."""

from itertools import pairwise

import numpy as np
import pytest

from tokcomp_cli.evidence.clips.clip import FRAMES, make_clip
from tokcomp_cli.evidence.clips.questions import KINDS, QUARTERS, STARTS, VOCABULARY, ask_about
from tokcomp_cli.evidence.task.scene import SIDE, apart


@pytest.fixture(scope="module")
def clips(ingredients):
    grounds = ingredients.of_split("train")

    def make(number):
        rng = np.random.default_rng([1, number])
        clip = make_clip(ingredients, grounds, rng)
        return clip, ask_about(clip, rng)

    return [make(number) for number in range(60)], make


def test_a_clip_follows_from_its_seed(clips):
    made, make = clips
    again, asked = make(7)
    assert np.array_equal(made[7][0].rgb, again.rgb)
    assert (made[7][0].shown, made[7][1]) == (again.shown, asked)
    assert again.rgb.shape == (FRAMES, SIDE, SIDE, 3)


def test_what_is_shown_never_overlaps_and_stays_in_the_picture(clips):
    for clip, _ in clips[0]:
        for frame in range(FRAMES):
            boxes = [one.boxes[frame - one.first] for one in clip.shown if one.first <= frame <= one.last]
            assert all(apart(a, b) for at, a in enumerate(boxes) for b in boxes[:at])
            assert all(min(box) >= 0 and max(box) <= SIDE for box in boxes)
        for one in clip.shown:
            assert len(one.boxes) == one.last - one.first + 1
        for name in {one.name for one in clip.shown}:
            stays = clip.of(name)
            assert all(a.last + 1 < b.first for a, b in pairwise(stays))


def test_a_thing_is_seen_where_it_is_said_to_be(clips):
    seen = 0
    for clip, _ in clips[0]:
        for one in clip.shown:
            if one.look != "plain" or one.first == 0 or one.shift:
                continue
            left, top, right, bottom = one.boxes[0]
            before, there = (
                clip.rgb[at, top:bottom, left:right].astype(float) for at in (one.first - 1, one.first)
            )
            alone = all(
                apart(one.boxes[0], other.boxes[one.first - 1 - other.first])
                for other in clip.shown
                if other is not one and other.first <= one.first - 1 <= other.last
            )
            if alone:
                seen += 1
                assert np.abs(before - there).mean() > 4  # noise alone gives less than 3
    assert seen > 10


def test_answers_are_true_of_the_clip(clips):
    kinds = set()
    for clip, asked in clips[0]:
        for one in asked:
            kinds.add(one.kind)
            assert one.answer in one.allowed
            answer = one.answer - STARTS[KINDS[one.kind]]
            of = [clip.of(name) for name in one.about]
            if one.kind == "ever there":
                assert answer == bool(of[0])
            if one.kind == "which":
                assert clip.of(answer)
                assert sum(bool(clip.of(option - STARTS["thing"])) for option in one.allowed) == 1
            if one.kind == "which comes first":
                assert answer == (of[0][0].first < of[1][0].first)
            if one.kind == "when it comes":
                assert answer == of[0][0].first * QUARTERS // FRAMES
            if one.kind == "how often":
                assert answer == len(of[0])
            if one.kind == "there at the end":
                assert answer == (of[0][-1].last == FRAMES - 1)
            if one.kind == "moves right":
                assert answer == (of[0][0].boxes[-1][0] > of[0][0].boxes[0][0])
            if one.kind in {"digit", "tens", "units"}:
                text = clip.of(-1)[0].text
                assert answer == int(text[1 if one.kind == "units" else 0])
    assert kinds == set(VOCABULARY.kinds)
