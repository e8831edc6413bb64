import pytest

from tokcomp_cli.asking.layer_schedule import NOTHING_DROPPED, parse_layer_keep
from tokcomp_cli.errors import PlanError


def test_shares_by_depth():
    plan = parse_layer_keep("1,0.7,0.5,0.4").plan(16, 8)
    assert plan.tokens == (16, 16, 11, 11, 8, 8, 6, 6)
    assert plan.look_back == 0
    assert NOTHING_DROPPED.plan(5, 3).tokens == (5, 5, 5)


def test_published_schedules_by_name():
    fastv = parse_layer_keep("fastv").plan(576, 32)
    assert fastv.tokens == (576,) * 2 + (288,) * 30
    assert fastv.look_back == 1
    with pytest.raises(PlanError, match=r"fastv.* 2"):
        parse_layer_keep("fastv").plan(576, 2)
    pyramid = parse_layer_keep(" PyramidDrop ").plan(576, 32)
    assert pyramid.tokens == (576,) * 8 + (288,) * 8 + (144,) * 8 + (72,) * 8
    assert parse_layer_keep("pyramiddrop").plan(1, 32).tokens == (1,) * 32


@pytest.mark.parametrize("text", ["1,2", "0.5,1,1,1", "1,1,1,0", "quick", "", "1,1,1,nan"])
def test_what_cannot_be(text):
    with pytest.raises(PlanError, match="`layer_keep`"):
        parse_layer_keep(text)
