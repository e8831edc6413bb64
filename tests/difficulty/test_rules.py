import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcomp_cli.difficulty.rules import (
    EMBEDDED_FIT,
    NOTE,
    Rule,
    band,
    measured_score,
    needed_share,
    parse_cuts,
    parse_rule,
)
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.budget import BAND_SHARES


def test_rules_are_read_as_they_are_written():
    assert parse_rule("note") == NOTE
    assert parse_rule("measured") == Rule(EMBEDDED_FIT)
    assert parse_rule(" measured:1.5,2 ") == Rule((1.5, 2.0), own=True)
    assert parse_rule(str(parse_rule("measured"))).fit == EMBEDDED_FIT


@pytest.mark.parametrize(
    "text",
    ["", "notes", "note:1", "measured:1", "measured:a,b", "measured:1,-2", "measured:nan,1"],
)
def test_other_rules_are_refused(text):
    with pytest.raises(PlanError, match="`difficulty`"):
        parse_rule(text)


def test_cuts_are_three_scores_that_do_not_fall():
    assert parse_cuts("0.2, 0.2,1") == (0.2, 0.2, 1.0)
    for wrong in ("", "0.3,0.6", "0.6,0.3,0.9", "0,1,1.5", "a,b,c", "nan,0.5,0.6", "0.1,0.2,inf"):
        with pytest.raises(PlanError, match="`difficulty_cuts`"):
            parse_cuts(wrong)


def test_cuts_move_the_bands():
    assert [band(0.4, (0.1, 0.2, 0.3)), band(0.4, (0.5, 0.6, 0.7))] == ["very hard", "easy"]


@given(st.floats(1, 196), st.floats(1, 196))
def test_the_measured_score_rises_with_the_variety_and_stays_in_its_range(one, other):
    low, high = sorted((one, other))
    scores = [measured_score(value, 196, EMBEDDED_FIT) for value in (low, high)]
    assert 0 <= scores[0] <= scores[1] <= 1


@given(st.floats(1, 196))
def test_the_band_of_a_measured_score_gives_the_tokens_that_it_predicts(variety):
    share = needed_share(variety, 196, EMBEDDED_FIT)
    given_share = BAND_SHARES[band(measured_score(variety, 196, EMBEDDED_FIT))]
    assert given_share >= min(share, BAND_SHARES["very hard"]) - 1e-9
