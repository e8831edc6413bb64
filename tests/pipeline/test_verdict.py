import pytest

from tokcomp_cli.core.results.analysis import Fidelity, WorstFrame
from tokcomp_cli.core.results.curve import CurvePoint, Recommendation
from tokcomp_cli.core.results.difficulty import Resolution
from tokcomp_cli.pipeline.verdict import advice, verdict


def measured(tokens, *, target=0.9, reachable=1.0, spatial_ratio=None):
    point = None if tokens is None else CurvePoint(tokens, 0.9004)
    return Recommendation(target, point, reachable, CurvePoint(5, 0.5), (), spatial_ratio)


@pytest.mark.parametrize(
    ("found", "original", "sentence"),
    [
        (measured(88), 196, "Worth it: 88 of 196 tokens keep 90.0%, the fewest that reach 90%."),
        (
            measured(160),
            196,
            "Not worth it: 90% takes 160 of 196 tokens, because hardly a patch repeats another, so at most "
            "18.3% can go.",
        ),
        (measured(12), 49, "Not worth it: there are only 49 tokens, and 12 keep 90%."),
        (
            measured(None, target=0.99, reachable=0.9239),
            196,
            "No budget reaches 99%: all tokens together keep 92.3%, because earlier stages lose the rest. "
            "Let them keep more, or lower --target.",
        ),
        (
            measured(120, spatial_ratio=1.0),
            196,
            "Worth it: 120 of 196 tokens keep 90.0%, the fewest that reach 90%; ask for them with --budget "
            "120 --spatial-ratio 1.",
        ),
    ],
)
def test_the_advice_says_in_plain_words_what_the_curve_recommends(found, original, sentence):
    assert advice(found, original) == sentence


def test_where_the_resize_decides_the_verdict_comes_first_and_says_so(photo_fidelity):
    note = "at 224×224 pixels 9 of 714 words can still be read; resolution-bound: judge with the detail path"
    settings = {"original": 196, "llm_input": 22, "fidelity": photo_fidelity, "blank": False}
    text = verdict(
        **settings, recommendation=measured(18), resolution=Resolution(0.02, 0.4, True, 1, 714, 9, note)
    )
    assert text.startswith(
        f"Cannot judge at this resolution: {note}. Of what the encoder still sees: Worth it"
    )
    free = verdict(
        **settings, recommendation=measured(18), resolution=Resolution(0.9, 0.9, False, 1, 3, 3, "fine")
    )
    assert free.startswith("Worth it")


@pytest.fixture
def photo_fidelity():
    return Fidelity(0.8, 0.8, 0.9, 1.0, 1.0, 0.3, 0.9, WorstFrame(0, 0.0, 0.8))
