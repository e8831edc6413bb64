import pytest

from tokcomp_cli.difficulty.query import flags, words


@pytest.mark.parametrize(
    ("query", "on"),
    [
        ("How many cups are not on the table, and why?", {"negation", "counting", "reasoning"}),
        ("Notice the knot in my account", set()),
        ("Isn't it red?", {"negation"}),
        ("It isn’t", {"negation"}),
        ("Count the birds", {"counting"}),
        ("the discount counter", set()),
        ("BECAUSE", {"reasoning"}),
        ("reasonable nothings", set()),
        ("Is there anything without a label?", {"negation", "detail"}),
        ("What does the small sign in the corner say?", {"detail"}),
        ("read it", {"detail"}),
        ("What is in the background", {"detail"}),
        ("the signal, a ready texture, cornered and smallish, is already stopped, brightly", set()),
    ],
)
def test_flags_fire_on_whole_words_only(query, on):
    assert {flag for flag, fired in flags(query).items() if fired} == on


def test_words_do_not_split_at_apostrophes_or_hyphens():
    assert words("What's the mid-left sign?") == ["What's", "the", "mid-left", "sign"]
