import pytest
import torch

from tokcomp_cli.core.results.curve import CurvePoint
from tokcomp_cli.measure.curve import knee
from tokcomp_cli.plan.budget import parse_budget
from tokcomp_cli.plan.plan import Plan


def budgeted(run_plan, features, total, **settings):
    return run_plan(features, Plan.of(spatial_ratio=1.0, budget=parse_budget(str(total)), **settings)).state


@pytest.mark.parametrize(
    "settings", [{}, {"allocate": "uniform"}, {"spatial": "pool"}, {"spatial": "uniform"}]
)
@pytest.mark.parametrize("target", [0.5, 0.9, 0.97])
def test_the_recommended_count_reaches_the_target_and_one_less_does_not(run_plan, shots, settings, target):
    plan = Plan.of(target=target, spatial_ratio=1.0, **settings)
    found = run_plan(shots, plan).state.recommendation
    if found.recommended is None:
        assert found.reachable < target
        return
    count = found.recommended.tokens
    there = budgeted(run_plan, shots, count, **settings).records[-1].fidelity.explained
    below = budgeted(run_plan, shots, count - 1, **settings).records[-1].fidelity.explained
    assert there == pytest.approx(found.recommended.explained, abs=1e-6)
    assert there >= target > below


def test_the_curve_is_monotone_and_read_off_the_dendrograms(run_plan, shots):
    found = run_plan(shots, Plan.of(target=0.9)).state.recommendation
    explained = [point.explained for point in found.curve]
    assert explained == sorted(explained)
    for point in found.curve[::6]:
        measured = budgeted(run_plan, shots, point.tokens).records[-1].fidelity.explained
        assert point.explained == pytest.approx(measured, abs=1e-6)


def test_a_target_budget_widens_the_spatial_ratio_only_where_the_user_set_none(run_plan):
    features = torch.randn(1, 12, 6, generator=torch.Generator().manual_seed(0)) * 4
    free = run_plan(features, Plan.of(budget="target=0.99")).state
    assert free.records[0].tokens_out > 6
    assert "raised" in free.records[0].notes[0]
    assert free.records[-1].fidelity.explained >= 0.99
    bound = run_plan(features, Plan.of(budget="target=0.99", spatial_ratio=0.5)).state
    assert bound.records[0].tokens_out == 6
    assert "no budget reaches 0.99" in bound.records[-1].notes[0]


def test_a_count_is_met_and_above_what_is_there_all_is_kept(run_plan):
    features = torch.randn(1, 12, 6, generator=torch.Generator().manual_seed(0))
    assert run_plan(features, Plan.of(budget="11")).state.tokens == 11
    above = run_plan(features, Plan.of(budget="13")).state
    assert (above.tokens, len(above.last.notes)) == (12, 1)


def test_knee_of_a_bent_line_is_at_the_bend():
    points = [CurvePoint(count, min(1.0, count / 10)) for count in range(1, 101)]
    assert knee(points).tokens == 10


def test_the_marginal_gain_of_a_token_is_what_it_adds_and_falls_with_the_budget(run_plan, shots):
    found = run_plan(shots, Plan.of(target=0.9, spatial_ratio=1.0)).state
    at, curve = found.recommendation.recommended, found.curve
    assert at.marginal == pytest.approx(
        curve.explained(at.tokens) - curve.explained(at.tokens - 1), abs=1e-12
    )
    gains = [point.marginal for point in found.recommendation.curve if point.marginal is not None]
    third = len(gains) // 3
    assert sum(gains[:third]) > sum(gains[third:-third]) > sum(gains[-third:])
    measured = run_plan(shots, Plan.of(target=0.9, spatial="uniform", spatial_ratio=1.0)).state
    assert all(point.marginal is None for point in measured.recommendation.curve)


@pytest.mark.parametrize(("reduce", "options"), [("ward", {}), ("steps", {"spatial_ratio": 1.0})])
def test_a_count_above_the_usual_ratio_comes_with_the_options_that_give_it(run_plan, reduce, options):
    features = torch.randn(1, 12, 6, generator=torch.Generator().manual_seed(0)) * 4
    found = run_plan(features, Plan.of(target=0.97, reduce=reduce)).state.recommendation
    assert found.recommended.tokens > 6
    assert found.options == options
    asked = Plan.of(budget=str(found.recommended.tokens), reduce=reduce, **options)
    assert run_plan(features, asked).state.last.fidelity.explained == pytest.approx(
        found.recommended.explained, abs=1e-6
    )
