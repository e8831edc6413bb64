from itertools import combinations, pairwise

import numpy as np
import pytest

from tokcomp_cli.export.choice import Apart, explained_by, fewest, runs_by_count


def apart(points, opens=(), weight=None):
    points = np.asarray(points, dtype=np.float64)
    weight = np.ones(len(points)) if weight is None else np.asarray(weight, dtype=np.float64)
    squared = np.square(points[:, None] - points[None]).sum(-1) * (1 + np.arange(len(points)) % 3)[:, None]
    mean = (points * weight[:, None]).sum(0) / weight.sum()
    flags = np.zeros(len(points), dtype=bool)
    flags[list(opens)] = True
    return Apart(squared, weight, flags, np.square(points - mean).sum(-1))


def cost(one, borders):
    found = 0.0
    for a, b in pairwise(borders):
        found += (one.squared[a:b, a:b] * one.weight[a:b, None]).sum(0).min()  # a column stands
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_runs_are_the_best_of_all_ways_to_cut(seed):
    random = np.random.default_rng(seed)
    one = apart(random.normal(size=(9, 3)).cumsum(0), weight=random.integers(1, 4, 9))
    for runs in runs_by_count(one, 9):
        borders = [*(run.first for run in runs), 9]
        every = ([0, *inner, 9] for inner in combinations(range(1, 9), len(runs) - 1))
        assert cost(one, borders) == pytest.approx(min(cost(one, way) for way in every))
        assert [run.last + 1 for run in runs] == borders[1:]
        for run in runs:
            own = one.squared[run.first : run.last + 1, run.first : run.last + 1]
            far = one.weight[run.first : run.last + 1] @ own
            assert far[run.chosen - run.first] == far.min()  # a frame, never a blend


def test_no_run_crosses_a_screen_while_there_are_enough():
    one = apart(np.zeros((8, 1)), opens=(3, 6))
    for runs in runs_by_count(one, 8):
        starts = {run.first for run in runs}
        assert len(starts & {3, 6}) == min(len(runs) - 1, 2)
    assert [run.first for run in fewest(one, target=0.5, most=8)] == [0, 3, 6]
    assert len(fewest(one, target=0.5, most=2)) == 2


def test_explained_by_all_is_one_and_by_one_is_less():
    one = apart(np.random.default_rng(0).normal(size=(6, 4)))
    assert explained_by(one, range(6)) == 1.0
    assert explained_by(one, [2]) < explained_by(one, [2, 4]) < 1
    still = apart(np.ones((4, 2)))
    assert explained_by(still, [0]) == 1.0


def test_the_fewest_that_keep_the_target():
    one = apart([[0.0], [0.1], [0.0], [9.0], [9.1], [20.0]])
    runs = fewest(one, target=0.95, most=6)
    assert [(run.first, run.last) for run in runs] == [(0, 2), (3, 4), (5, 5)]
    assert len(fewest(one, target=1.0, most=4)) == 4


def test_frames_that_were_left_out_count_with_the_one_before():
    light = apart([[0.0], [1.0], [4.0]])
    heavy = apart([[0.0], [1.0], [4.0]], weight=(1, 1, 10))
    assert next(runs_by_count(light, 1))[0].chosen == 1
    assert next(runs_by_count(heavy, 1))[0].chosen == 2
