"""Merged frames hold what a budget asks for, unless the user fixed how frames are merged."""

from itertools import pairwise

import pytest

from tests.helpers.laid_down import LaidDown, buffered
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve
from tokcomp_cli.reduce.grouping import count_merged, merged_frames
from tokcomp_cli.reduce.regroup import settings_holding

PATCHES = 12


def held(shots, at_least, **given):
    encoder = LaidDown(shots, (3, 4))
    settings = resolve(Plan.of(**given), encoder.facts)
    video = buffered(encoder, settings, len(shots))[0]
    used, note = settings_holding(video, encoder.blank, settings, at_least)
    first, groups = (list(merged_frames(video, encoder.blank, how)) for how in (settings, used))
    assert (used == settings) == (note is None)
    assert [group.first for group in groups] == [0, *(one.first + one.frames for one in groups[:-1])]
    assert sum(group.frames for group in groups) == len(shots)
    assert [count_merged(video, encoder.blank, how) for how in (settings, used)] == [len(first), len(groups)]
    return groups, note, first


@pytest.mark.parametrize("at_least", [1, 36, 37, 60, 97, 108, 500])
def test_merged_frames_hold_at_least_what_is_asked_for(shots, at_least):
    groups, note, first = held(shots, at_least)
    assert len(groups) * PATCHES >= min(at_least, len(shots) * PATCHES)
    assert (note is None) == (at_least <= len(first) * PATCHES)
    if note is None:
        assert [one.frames for one in groups] == [one.frames for one in first]


def test_more_tokens_need_no_fewer_merged_frames(shots):
    counts = [len(held(shots, at_least)[0]) for at_least in range(1, 109, 9)]
    assert all(a <= b for a, b in pairwise(counts))
    assert (counts[0], counts[-1]) == (3, 9)


@pytest.mark.parametrize("given", [{"threshold": 0.8}, {"temporal": "adjacent"}, {"temporal": "uniform"}])
def test_what_the_user_set_stays(shots, given):
    groups, note, first = held(shots, 108, **given)
    assert note is None
    assert [one.frames for one in groups] == [one.frames for one in first]
    assert len(groups) == 3


def test_identical_frames_are_split_last_of_all(shots):
    same = shots[:1].repeat(4, 1, 1)
    assert len(held(same, PATCHES)[0]) == 1
    assert len(held(same, PATCHES + 1)[0]) == 4
