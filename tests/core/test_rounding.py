import pytest

from tokcomp_cli.core.rounding import half_up, readable_bytes


@pytest.mark.parametrize(
    ("count", "shown"),
    [(7, "7 B"), (999, "999 B"), (1500, "1.5 kB"), (183_402, "183.4 kB"), (4_372_373, "4.4 MB")],
)
def test_bytes_are_shown_in_powers_of_ten(count, shown):
    assert readable_bytes(count) == shown


def test_halves_go_up_and_nothing_is_below_one():
    assert [half_up(value) for value in (0.0, 0.5, 1.5, 2.5, 2.4)] == [1, 1, 2, 3, 2]
