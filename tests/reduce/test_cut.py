import numpy as np
import pytest
import torch

from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.cut import allocate_cut, allocate_uniform, narrow
from tokcomp_cli.reduce.progressive import descend, token_count


@pytest.fixture
def groups(run_plan, shots):
    return run_plan(shots, Plan.of(budget="100%", spatial="none")).state.groups


def test_a_common_cut_loses_no_more_than_any_other_split(groups):
    def lost(counts):
        return sum(narrow(group, count).lost for group, count in zip(groups, counts, strict=True))

    best = lost(allocate_cut(groups, 9))
    rng = np.random.default_rng(0)
    for _ in range(40):
        first = int(rng.integers(1, 8))
        second = int(rng.integers(1, 9 - first))
        assert best <= lost([first, second, 9 - first - second]) + 1e-6


def test_uniform_allocation_gives_what_one_cannot_use_to_the_others(groups):
    small = [narrow(groups[0], 2), groups[1], groups[2]]
    assert allocate_uniform(small, 20) == [2, 9, 9]
    assert allocate_uniform(groups, 8) == [3, 3, 2]
    assert allocate_uniform(groups, 36) == [12, 12, 12]


def test_narrowing_twice_is_narrowing_once(groups):
    once, twice = narrow(groups[0], 3), narrow(narrow(groups[0], 7), 3)
    assert torch.equal(once.parts[0].owner, twice.parts[0].owner)
    torch.testing.assert_close(once.tokens.features, twice.tokens.features)
    assert once.lost == pytest.approx(twice.lost, rel=1e-5)


def test_the_heights_are_exactly_what_is_lost(groups):
    group = groups[0]
    for count in range(1, 13):
        paid = group.lost + group.tree.heights[: 12 - count].sum()
        assert narrow(group, count).lost == pytest.approx(paid, rel=1e-5)


def test_the_notes_descent_ends_exactly_where_the_note_stalls(run_plan):
    """From 576 to 64 the note's loop stops at 95; this one lands on 64, and no step undershoots."""
    features = torch.randn(1, 576, 8, generator=torch.Generator().manual_seed(0))
    plan = Plan.of(spatial="none", budget="100%")
    group = run_plan(features, plan, (24, 24)).state.groups[0]
    steps = descend([group], 64, 1e-3)
    counts = [token_count(step.groups) for step in steps]
    assert counts[-1] == 64
    assert counts == sorted(counts, reverse=True)
    assert {step.method for step in steps} <= {"merge", "prune", "deduplicate", "merge pairs"}
    assert counts[0] == 403


def test_duplicates_are_owned_by_the_earlier_token_that_they_repeat(run_plan):
    features = torch.eye(12)[None] * 5
    features[0, 7] = features[0, 2]
    group = run_plan(features, Plan.of(spatial="none", budget="100%")).state.groups[0]
    steps = descend([group], 11, 1e-3)
    assert [step.method for step in steps] == ["deduplicate"]
    owner = steps[0].groups[0].parts[0].owner
    assert owner[7] == owner[2]
    torch.testing.assert_close(steps[0].groups[0].tokens.features[owner[2]], features[0, 2])
