"""Shares as they are shown: never above what was measured, and never as minus zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcomp_cli.core.results.curve import ROUNDING
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import MINUS, decimal, fewer, loss, points, share, target

SHARES = st.floats(-2, 2)


def read(shown: str) -> float:
    return float(shown.replace(MINUS, "-").rstrip("%"))


@given(SHARES)
def test_no_share_is_shown_above_what_was_measured_nor_a_step_below(value):
    percent = [(show(value), 100, 0.1) for show in (share, points)]
    for shown, times, step in (*percent, (decimal(value), 1, 1e-3)):
        assert read(shown) <= (value + ROUNDING) * times + 1e-9
        assert read(shown) > (value + ROUNDING) * times - step - 1e-9
        assert "-" not in shown
        assert not shown.startswith(MINUS) or read(shown) < 0


@given(SHARES, SHARES)
def test_the_larger_share_is_never_shown_as_the_smaller(one, other):
    low, high = sorted((one, other))
    assert read(share(low)) <= read(share(high))


@given(st.floats(0, 1))
def test_a_share_that_reaches_its_target_looks_so(value):
    wanted = round(value, 2)
    assert read(share(wanted)) == read(target(wanted))
    assert read(share(wanted - 2 * ROUNDING)) < read(target(wanted))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (share(0.8996), "89.9%"),
        (share(0.99999), "99.9%"),
        (share(-0.0000001), "0.0%"),
        (share(-0.12), "−12.0%"),
        (points(0.0), "+0.0"),
        (points(-0.0004), "−0.1"),
        (decimal(-0.004, 2), "−0.01"),
        (decimal(0.8357191979885101, 4), "0.8357"),
        (target(0.9), "90%"),
        (target(0.925), "92.5%"),
        (fewer(0.9761), "−97.6%"),
        (fewer(0.0), "0.0%"),
        (fewer(-0.05), "+5.0%"),
        (count(20580), "20,580"),
        (count(318.5), "318.5"),
        (plural(1, "frame"), "1 frame"),
        (plural(1200, "frame"), "1,200 frames"),
    ],
)
def test_known_figures(shown, expected):
    assert shown == expected


def test_what_is_lost_has_three_levels_that_agree_with_the_figure_shown():
    assert [loss(value) for value in (0.95, 0.9 - 1e-8, 0.8999, 0.75, 0.7499, -1)] == [
        "little", "little", "moderate", "moderate", "much", "much",
    ]  # fmt: skip
