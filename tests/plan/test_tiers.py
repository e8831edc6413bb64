import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcomp_cli.core.results.advice import Tier
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.tiers import cell_count, default_cell, fit_tiers, parse_tiers, scaled_tiers


@pytest.mark.parametrize(
    ("grid", "cell", "tiers", "tokens"),
    [
        ((14, 14), (2, 2), "14x4,20x2,15x1", 111),
        ((24, 24), (2, 4), "20x8,30x3,22x1", 272),
        ((1, 1), (2, 2), "1x4", 4),
    ],
)
def test_the_shares_scale_to_the_grid(grid, cell, tiers, tokens):
    found, made = fit_tiers(grid, None)
    assert found == cell
    assert ",".join(map(str, made)) == tiers
    assert sum(tier.cells * tier.tokens_per_cell for tier in made) == tokens


@given(st.integers(1, 40), st.integers(1, 40))
def test_every_cell_has_a_tier_and_tiers_never_rise(rows, columns):
    cell, tiers = fit_tiers((rows, columns), None)
    assert sum(tier.cells for tier in tiers) == cell_count((rows, columns), cell)
    kept = [tier.tokens_per_cell for tier in tiers]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] == cell[0] * cell[1]
    assert min(kept) >= 1


def test_own_tiers_choose_the_cell_that_their_number_asks_for():
    assert fit_tiers((24, 24), parse_tiers("20x8,30x3,22x1"))[0] == (2, 4)
    assert fit_tiers((14, 14), parse_tiers("1x49,3x1"))[0] == (7, 7)
    assert fit_tiers((14, 14), parse_tiers("196x1"))[0] == (1, 1)
    assert parse_tiers(" 2X3 , 1×1") == (Tier(2, 3), Tier(1, 1))


@pytest.mark.parametrize(
    "text", ["", "20", "20x", "x8", "a", "1x1,", "-1x2", "0x4,49x1", "3x0", "1x1.5", "9" * 30]
)
def test_what_are_no_tiers_is_an_error(text):
    with pytest.raises(PlanError, match="`tiers`"):
        parse_tiers(text)


def test_tiers_that_cannot_fit_say_why():
    with pytest.raises(
        PlanError, match=r"72 cells, which do not tile .* 14×14 patches; with cells of 2×2 it has 49"
    ):
        fit_tiers((14, 14), parse_tiers("20x8,30x3,22x1"))
    with pytest.raises(PlanError, match="5 tokens a cell, and a cell of 2×2 has 4 patches"):
        fit_tiers((14, 14), parse_tiers("14x5,20x2,15x1"))
    with pytest.raises(PlanError, match="cannot rise"):
        parse_tiers("20x1,29x2")


def test_cells_of_a_grid_with_odd_sides():
    assert default_cell((7, 9)) == (2, 2)
    assert cell_count((7, 9), (2, 2)) == 20
    assert sum(tier.cells for tier in scaled_tiers(20, 4)) == 20
