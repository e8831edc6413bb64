import pytest

from tokcomp_cli.core.results import CurvePoint, Recommendation
from tokcomp_cli.pipeline.verdict import advice


def measured(tokens, *, target=0.9, reachable=1.0, spatial_ratio=None):
    point = None if tokens is None else CurvePoint(tokens, 0.9004)
    return Recommendation(target, point, reachable, CurvePoint(5, 0.5), (), spatial_ratio)


@pytest.mark.parametrize(
    ("found", "original", "sentence"),
    [
        (measured(88), 196, "Worth it: 88 of 196 tokens keep 0.900, the fewest that reach 0.9."),
        (
            measured(160),
            196,
            "Not worth it, because 0.9 needs 160 of 196 tokens: hardly a patch repeats another",
        ),
        (measured(12), 49, "Not worth it, because there are only 49 tokens (12 of 49 tokens keep 0.9)."),
        (measured(None, target=0.99, reachable=0.9239), 196, "No budget reaches 0.99: with all tokens 0.923"),
        (measured(120, spatial_ratio=1.0), 196, "ask for them with --budget 120 --spatial-ratio 1."),
    ],
)
def test_the_advice_says_in_plain_words_what_the_curve_speaks_for(found, original, sentence):
    assert sentence in advice(found, original)
