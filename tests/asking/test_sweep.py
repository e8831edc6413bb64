import pytest

from tokcomp_cli.asking.sweep import judged
from tokcomp_cli.core.results.ask import SweepPoint


def points(*rows):
    return [
        SweepPoint(f"m{at}", budget, budget, explained, kl, kl, 0.5, -1.0)
        for at, (budget, explained, kl) in enumerate(rows)
    ]


def test_a_proxy_that_orders_methods_as_the_model_does():
    found = judged(
        points((8, 0.2, 0.9), (8, 0.4, 0.7), (8, 0.5, 0.6), (16, 0.6, 0.3), (16, 0.7, 0.2), (16, 0.8, 0.1)),
        "it",
    )
    assert found.rank_correlation == pytest.approx(1)
    assert found.within_budget == pytest.approx(1)
    assert found.budgets == 2
    assert (
        found.verdict == "Evidence for the proxy on this input: rank correlation +1.00 over all points, "
        "+1.00 between methods at one budget (mean of 2)."
    )


def test_a_budget_alone_is_no_evidence():
    """More tokens help, so the correlation is high over all points; between methods it is the wrong way."""
    found = judged(
        points((8, 0.2, 0.7), (8, 0.3, 0.8), (8, 0.4, 0.9), (16, 0.7, 0.1), (16, 0.8, 0.2), (16, 0.9, 0.3)),
        "it",
    )
    assert found.rank_correlation > 0.4
    assert found.within_budget == pytest.approx(-1)
    one_method = judged(points((8, 0.2, 0.9), (16, 0.6, 0.3), (32, 0.8, 0.1)), "it")
    assert one_method.within_budget is None


def test_points_that_do_not_differ_say_nothing():
    found = judged(points((8, 1.0, 0.0), (8, 1.0, 0.0), (8, 1.0, 0.0)), "it")
    assert found.rank_correlation is None
    assert found.within_budget is None
