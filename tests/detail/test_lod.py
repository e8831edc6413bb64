from dataclasses import replace

import pytest
import torch

from tokcomp_cli.detail.lod import apply, levels, tiered
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.tiers import fit_tiers, parse_tiers
from tokcomp_cli.reduce.conservation import check_groups, full_origin
from tokcomp_cli.reduce.cut import narrow

WHOLE = Plan.of(spatial="none", budget="100%")


@pytest.fixture
def photo(run_plan):
    """Return the merged frame of one picture on a grid, nothing of it reduced."""

    def go(rows: int, columns: int, dim: int = 6):
        generator = torch.Generator().manual_seed(rows * columns)
        features = torch.randn(1, rows * columns, dim, generator=generator)
        return run_plan(features, WHOLE, (rows, columns))

    return go


@pytest.mark.parametrize(("rows", "columns", "tokens"), [(14, 14, 111), (24, 24, 272)])
def test_the_tiers_land_on_their_count_exactly(photo, rows, columns, tokens):
    ran = photo(rows, columns)
    found = levels(ran.merger.groups, (rows, columns), *fit_tiers((rows, columns), None))
    after = apply(ran.merger.groups, found)
    check_groups(after, stage="lod", frames=1)
    assert len(after[0].tokens) == tokens
    origin = full_origin(after)
    assert bool((origin >= 0).all())
    assert len(origin.unique()) == tokens


def test_the_most_relevant_cells_keep_most_and_no_token_leaves_its_cell(photo):
    ran = photo(14, 14)
    found = levels(ran.merger.groups, (14, 14), *fit_tiers((14, 14), None))
    saliency = ran.saliency[0]
    cells = [saliency[found.cell_of == cell].mean() for cell in range(49)]
    ranked = sorted(range(49), key=lambda cell: -float(cells[cell]))
    assert [int(found.caps[0][cell]) for cell in ranked] == [4] * 14 + [2] * 20 + [1] * 15
    owner = apply(ran.merger.groups, found)[0].parts[0].owner
    for token in owner.unique():
        assert len(found.cell_of[owner == token].unique()) == 1


def test_a_kept_token_is_the_mean_of_what_it_owns(photo):
    ran = photo(4, 4)
    found = levels(ran.merger.groups, (4, 4), *fit_tiers((4, 4), None))
    after = apply(ran.merger.groups, found)[0]
    for token, features in enumerate(after.tokens.features):
        mine = ran.features[0][after.parts[0].owner == token]
        assert torch.allclose(features, mine.mean(0), atol=1e-6)


def test_tiers_cap_what_a_budget_left_and_never_add(photo):
    ran = photo(14, 14)
    found = levels(ran.merger.groups, (14, 14), *fit_tiers((14, 14), None))
    for count in (1, 22, 86, 150, 196):
        before = narrow(ran.merger.groups[0], count)
        after = tiered(before, found.cell_of, found.caps[0])
        check_groups([after], stage="lod", frames=1)
        assert 1 <= len(after.tokens) <= min(count, 111)
        assert tiered(after, found.cell_of, found.caps[0]) is after


def test_the_query_ranks_where_there_is_relevance(photo):
    ran = photo(4, 4)
    group = ran.merger.groups[0]
    relevance = torch.linspace(-1, 1, 16)
    asked = replace(group, tokens=replace(group.tokens, relevance=relevance))
    found = levels([asked], (4, 4), (2, 2), parse_tiers("1x4,1x2,2x1"))
    assert found.relevance == "text"
    assert found.caps[0].tolist() == [1, 1, 2, 4]
    assert levels([group], (4, 4), (2, 2), parse_tiers("4x1")).relevance == "saliency"


def test_tiers_are_a_line_of_the_ledger_and_joined_merged_frames_are_left_alone(run_plan, shots):
    plan = Plan.of(spatial="none", budget="2", tiers=parse_tiers("1x4,1x2,1x1"))
    assert plan.tiers_in_ledger
    assert not replace(plan, tiers=None).tiers_in_ledger
    assert Plan.of(preset="arr-coc").tiers_in_ledger
    with pytest.raises(PlanError, match="merges none"):
        Plan.of(tiers=parse_tiers("1x1"), temporal="evs")
