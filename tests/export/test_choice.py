from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from tokcomp_cli.export.choice import Apart, chosen_of, explained_by, fewest, order_of


def apart(points, opens=(), weight=None, blank=(), own=1e6):
    points = np.asarray(points, dtype=np.float64)
    weight = np.ones(len(points)) if weight is None else np.asarray(weight, dtype=np.float64)
    squared = np.square(points[:, None] - points[None]).sum(-1) * (1 + np.arange(len(points)) % 3)[:, None]
    flags, black = np.zeros((2, len(points)), dtype=bool)
    flags[list(opens)] = True
    black[list(blank)] = True
    counted = weight * ~black
    mean = (points * counted[:, None]).sum(0) / counted.sum()
    energies = np.square(points - mean).sum(-1)
    return Apart(squared, weight, flags, energies, black, np.full(len(points), own))


def random_walk(seed, frames=12):
    random = np.random.default_rng(seed)
    return apart(random.normal(size=(frames, 3)).cumsum(0), weight=random.integers(1, 4, frames))


def lost(one, chosen):
    return float((one.squared[:, list(chosen)].min(1) * one.counted).sum())


@pytest.mark.parametrize("seed", range(5))
def test_each_frame_given_up_is_the_one_whose_absence_costs_least(seed):
    one = random_walk(seed)
    order = order_of(one)
    assert sorted(order.frames) == list(range(12))
    for count in range(12, 1, -1):
        kept = order.frames[:count]
        least = min(lost(one, [frame for frame in kept if frame != out]) for out in kept)
        assert order.lost[count - 2] == pytest.approx(least) == pytest.approx(lost(one, kept[:-1]))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [1, 2, 4])
def test_no_exchange_of_one_frame_is_better_and_the_choice_is_near_the_best_of_all(seed, count):
    one = random_walk(seed)
    order = order_of(one)
    chosen = chosen_of(one, order, count)
    assert len(chosen) == count
    assert list(chosen) == sorted(set(chosen))  # frames, never a blend
    now = lost(one, chosen)
    assert now <= lost(one, order.frames[:count])
    for out in chosen:
        rest = [frame for frame in chosen if frame != out]
        assert now <= min(lost(one, [*rest, new]) for new in range(12)) * (1 + 1e-9)
    assert now <= 1.35 * min(lost(one, some) for some in combinations(range(12), count))


def test_every_screen_keeps_a_frame_while_there_are_enough():
    one = apart(np.zeros((8, 1)), opens=(3, 6))
    order = order_of(one)
    for count in range(1, 9):
        shown = {one.screen[frame] for frame in chosen_of(one, order, count)}
        assert len(shown) == min(count, 3)
    assert fewest(one, order, target=0.5) == (0, 3, 6)
    assert one.screens == 3


def test_a_black_frame_is_neither_counted_nor_chosen():
    points = [[0.0], [0.1], [500.0], [9.0], [500.0]]
    one = apart(points, blank=(2, 4))
    order = order_of(one)
    assert sorted(order.frames) == [0, 1, 3]
    assert fewest(one, order, target=0.9) == (1, 3)  # the second counts twice
    assert explained_by(one, [0, 1, 3]) == 1.0
    assert one.energy == pytest.approx(apart([[0.0], [0.1], [9.0]]).energy)
    nothing = apart([[0.0], [5.0]], blank=())
    every = replace(nothing, blank=np.ones(2, dtype=bool))
    assert len(order_of(every).frames) == 2
    screens = apart(points, opens=(2, 3), blank=(2,))
    assert screens.screens == 2  # a screen of black frames alone is none


def test_explained_by_all_is_one_and_by_one_is_less():
    one = apart(np.random.default_rng(0).normal(size=(6, 4)))
    assert explained_by(one, range(6)) == 1.0
    assert explained_by(one, [2]) < explained_by(one, [2, 4]) < 1
    still = apart(np.ones((4, 2)))
    assert explained_by(still, [0]) == 1.0


def test_the_fewest_that_keep_the_target():
    one = apart([[0.0], [0.1], [0.0], [9.0], [9.1], [20.0]])
    order = order_of(one)
    chosen = fewest(one, order, target=0.95)
    assert [{0: 0, 1: 0, 2: 0, 3: 1, 4: 1, 5: 2}[frame] for frame in chosen] == [0, 1, 2]
    assert explained_by(one, chosen) >= 0.95
    assert max(explained_by(one, pair) for pair in combinations(range(6), 2)) < 0.95
    assert len(fewest(one, order, target=1.0)) == 5  # two are the same


def test_what_comes_back_needs_no_second_frame():
    one = apart([[0.0], [0.0], [9.0], [9.0], [0.0], [0.0]])
    assert fewest(one, order_of(one), target=0.99) == (0, 2)


def test_frames_that_were_left_out_count_with_the_one_before():
    light = apart([[0.0], [1.0], [4.0]])
    heavy = apart([[0.0], [1.0], [4.0]], weight=(1, 1, 10))
    assert chosen_of(light, order_of(light), 1) == (1,)
    assert chosen_of(heavy, order_of(heavy), 1) == (2,)
