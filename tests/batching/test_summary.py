import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.batching.conftest import failure, success
from tokcomp_cli.batching.summary import MOST_FLAGGED, RunningSummary
from tokcomp_cli.errors import PlanError


def summary(records, skipped=0):
    found = RunningSummary()
    for number, record in enumerate(records):
        found.add(record, skipped=number < skipped)
    return found.result(len(records) + 1)


def test_counts_sums_and_folders():
    come_to = summary(
        [success("x/a.jpg"), failure("x/b.jpg"), success("y/a.jpg", tokens=10), success("c.jpg")], 2
    )
    assert (come_to.requested, come_to.ok, come_to.failed, come_to.skipped, come_to.left) == (5, 3, 1, 2, 1)
    assert (come_to.original, come_to.llm_input) == (3 * 196, 108)
    assert come_to.errors == {"media": 1}
    assert come_to.bands == {"easy": 0, "medium": 3, "hard": 0, "very hard": 0}
    assert [(one.folder, one.ok, one.failed) for one in come_to.folders] == [
        (".", 1, 0),
        ("x", 1, 1),
        ("y", 1, 0),
    ]
    assert come_to.look[0].path == "x/b.jpg"
    assert come_to.look[0].why == "failed, media: no picture"


def test_a_record_without_tokens_is_named():
    damaged = success("x/a.jpg")
    del damaged["tokens"]["original"]
    with pytest.raises(PlanError, match=r"record of 'x/a\.jpg' lacks tokens\.original"):
        summary([damaged])
    with pytest.raises(PlanError, match=r"lacks fidelity\.explained"):
        summary([success("x/b.jpg") | {"fidelity": 4}])


def test_nothing_done_has_no_figures():
    come_to = summary([failure("a.jpg")])
    assert come_to.explained is None
    assert come_to.needs == ()
    assert come_to.folders[0].explained is None


@given(st.lists(st.one_of(st.none(), st.integers(1, 196)), min_size=1, max_size=40))
def test_the_budget_is_the_least_that_is_enough_for_nine_of_ten(needed):
    (need,) = summary([success(f"{n}.jpg", recommended=one) for n, one in enumerate(needed)]).needs
    enough = [
        k for k in range(1, 197) if sum(one is not None and one <= k for one in needed) >= 0.9 * len(needed)
    ]
    assert need.tokens == (min(enough) if enough else None)
    assert need.unreached == needed.count(None)
    if need.tokens is not None:
        assert math.isclose(need.share, need.tokens / 196)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_spreads_are_numpys(values):
    spread = summary([success(f"{n}.jpg", explained=one) for n, one in enumerate(values)]).explained
    expected = np.quantile(values, (0, 0.1, 0.5, 0.9, 1))
    np.testing.assert_allclose([spread.least, spread.p10, spread.p50, spread.p90, spread.most], expected)
    assert math.isclose(spread.mean, sum(values) / len(values), abs_tol=1e-12)


def test_only_the_worst_are_remembered_by_name():
    count = 3 * MOST_FLAGGED
    come_to = summary([success(f"{n}.jpg", explained=n / count / 2) for n in reversed(range(count))])
    assert come_to.looks == count
    assert [look.path for look in come_to.look] == [f"{n}.jpg" for n in range(MOST_FLAGGED)]
