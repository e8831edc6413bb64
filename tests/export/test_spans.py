import numpy as np

from tests.export.test_choice import apart
from tokcomp_cli.export.spans import NOTHING, UNLIKE, spans_of


def told(one, chosen):
    return [(span.first, span.last, span.chosen) for span in spans_of(one, chosen)]


def test_what_comes_back_is_stood_for_by_the_frame_that_shows_it():
    one = apart([[0.0], [0.1], [9.0], [9.1], [9.0], [0.0], [0.2]])
    assert told(one, (0, 3)) == [(0, 1, 0), (2, 4, 3), (5, 6, 0)]


def test_one_frame_stands_for_all():
    assert told(apart([[0.0], [3.0], [5.0]]), (1,)) == [(0, 2, 1)]
    assert told(apart([[7.0]]), (0,)) == [(0, 0, 0)]


def test_a_frame_that_none_is_near_to_stays_with_its_neighbours():
    one = apart([[0.0], [0.0], [4.6], [0.0], [9.0], [9.0]])
    assert told(one, (0, 4)) == [(0, 3, 0), (4, 5, 4)]


def test_what_no_frame_looks_like_is_told_as_left_out():
    points = [[9.0], [9.0], [9.0], [50.0], [50.0], [50.0], [-60.0], [-60.0], [-60.0]]
    assert told(apart(points), (0, 4)) == [(0, 2, 0), (3, 5, 4), (6, 8, 0)]
    assert told(apart(points, own=900), (0, 4)) == [(0, 2, 0), (3, 5, 4), (6, 8, UNLIKE)]


def test_what_shows_nothing_is_a_span_of_its_own():
    one = apart([[5.0], [0.0], [0.1], [5.0], [9.0]], blank=(0, 3))
    assert told(one, (1, 4)) == [(0, 0, NOTHING), (1, 2, 1), (3, 3, NOTHING), (4, 4, 4)]


def test_a_screen_is_stood_for_by_its_own_frame():
    one = apart(np.zeros((8, 1)), opens=(3, 6))
    assert told(one, (0, 3, 6)) == [(0, 2, 0), (3, 5, 3), (6, 7, 6)]


def test_spans_cover_all_and_every_chosen_frame_has_one():
    random = np.random.default_rng(0)
    one = apart(random.normal(size=(40, 2)))
    chosen = tuple(sorted(random.choice(40, 9, replace=False).tolist()))
    spans = told(one, chosen)
    assert {stands for _, _, stands in spans} == set(chosen)
    assert [at for first, last, _ in spans for at in range(first, last + 1)] == list(range(40))
    assert all(any(first <= one <= last and stands == one for first, last, stands in spans) for one in chosen)
