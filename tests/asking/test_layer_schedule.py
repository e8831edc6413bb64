import pytest

from tokcomp_cli.asking.layer_schedule import drop_plan
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.layers import NOTHING_DROPPED, parse_layer_keep


@pytest.mark.parametrize(
    ("keep", "tokens", "look_back"),
    [
        ("1,0.7,0.5,0.4", (16, 16, 11, 11, 8, 8, 6, 6), 0),
        ("fastv", (16,) * 2 + (8,) * 6, 1),
        (" PyramidDrop ", (16, 16, 8, 8, 4, 4, 2, 2), 0),
    ],
)
def test_tokens_of_each_layer_and_whose_attention_is_read(keep, tokens, look_back):
    plan = drop_plan(parse_layer_keep(keep), 16, 8)
    assert (plan.tokens, plan.look_back) == (tokens, look_back)


def test_nothing_is_dropped_and_one_token_stays_one():
    assert drop_plan(NOTHING_DROPPED, 5, 3).tokens == (5, 5, 5)
    assert drop_plan("pyramiddrop", 1, 32).tokens == (1,) * 32


def test_fastv_needs_a_layer_after_its_second():
    with pytest.raises(PlanError, match="`layer_keep` fastv"):
        drop_plan("fastv", 576, 2)
