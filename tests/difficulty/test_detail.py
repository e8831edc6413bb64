import pytest

from tokcomp_cli.difficulty.detail import detail_reasons


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("what does the sign say?", "sign"),
        ("is there a cat in the background?", "background"),
        ("READ the plate", "read"),
        ("what stands in the upper corner", "corner"),
        ("which small bird", "small"),
    ],
)
def test_a_term_is_a_reason_and_is_named(query, named):
    (reason,) = detail_reasons(query, edge=0.0, text=None)
    assert repr(named) in reason


@pytest.mark.parametrize(
    "query", [None, "what colour is the car?", "a smallish assignment, already contextual", "bread"]
)
def test_nothing_asks_for_detail(query):
    assert detail_reasons(query, edge=0.3, text=0.5) == ()


def test_long_queries_edges_and_text_are_reasons_above_their_limits():
    long = "is it so " * 5
    assert detail_reasons(long, edge=0.0, text=None) == ()
    assert "16 words" in detail_reasons(long + "now", edge=0.0, text=None)[0]
    assert "31%" in detail_reasons(None, edge=0.31, text=None)[0]
    assert "text" in detail_reasons(None, edge=0.0, text=0.51)[0]
    assert len(detail_reasons(long + "small", edge=0.9, text=0.9)) == 4
