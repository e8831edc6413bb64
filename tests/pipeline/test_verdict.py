import pytest

from tokcomp_cli.core.results.analysis import Fidelity, WorstFrame
from tokcomp_cli.core.results.curve import ChainTokens, CurvePoint, Recommendation, Weakest
from tokcomp_cli.core.results.difficulty import Resolution
from tokcomp_cli.pipeline.verdict import advice, verdict

MOMENT, REGION = Weakest(0.25, 528, 22.0), Weakest(0.61, region="upper left")


def measured(tokens, *, target=0.9, reachable=1.0, **more):
    point = None if tokens is None else CurvePoint(tokens, 0.9004)
    return Recommendation(target, point, reachable, CurvePoint(5, 0.5), (), **more)


def test_regions_at_risk_are_named_with_the_weakest_first():
    few = Weakest(0.61, region="upper left", at_risk=("upper left", "centre"))
    assert advice(measured(88, weakest=few), 196).endswith("; at risk: upper left (61.0%), centre.")
    many = Weakest(0.1, region="a", at_risk=tuple("abcde"))
    assert advice(measured(88, weakest=many), 196).endswith("; at risk: a (10.0%), b, c and 2 more.")


@pytest.mark.parametrize(
    ("found", "original", "sentence"),
    [
        (
            measured(88, weakest=REGION),
            196,
            "Worth it: 88 of 196 tokens keep 90.0% of the content, the fewest that reach 90%: --budget 88; "
            "the weakest region, upper left, keeps 61.0%.",
        ),
        (
            measured(160),
            196,
            "Not worth it: hardly a patch repeats another, so at most 18.3% can go; 160 of 196 tokens keep "
            "90.0% of the content, the fewest that reach 90%: --budget 160.",
        ),
        (
            measured(12),
            49,
            "Not worth it: there are only 49 tokens; 12 of 49 tokens keep 90.0% of the content, the fewest "
            "that reach 90%: --budget 12.",
        ),
        (
            measured(None, target=0.99, reachable=0.9239, weakest=MOMENT, not_tried="others were not tried"),
            196,
            "No budget reaches 99%: all tokens together keep 92.3%; the weakest moment, 22.0 s, keeps 25.0%, "
            "because earlier stages lose the rest; let them keep more, or lower --target; others were not "
            "tried.",
        ),
        (
            measured(None, options={"temporal": "none"}, weakest_asked=0.7, weakest=Weakest(-0.1, 0, 0.0)),
            196,
            "No budget reaches 90% with 70% at the weakest: --temporal none comes nearest: all tokens "
            "together keep 100.0%; the weakest moment, 0.0 s, keeps nothing (−10.0%), because earlier stages "
            "lose the rest; let them keep more, or lower --target.",
        ),
        (
            measured(127, options={"temporal": "space-time"}, default_tokens=2172),
            20580,
            "Worth it: 127 of 20,580 tokens keep 90.0% of the content, the fewest over the ways tried: "
            "--temporal space-time --budget 127; the default needs 2,172.",
        ),
        (
            measured(
                127,
                options={"temporal": "space-time"},
                runner_up=ChainTokens(343, {"temporal": "none"}),
                fewest=False,
                weakest_asked=0.7,
            ),
            20580,
            "Worth it: 127 of 20,580 tokens keep 90.0% of the content, enough for 90% with 70% at the "
            "weakest: --temporal space-time --budget 127; the default does not reach it.",
        ),
        (
            measured(60, options={"spatial_ratio": 1.0}),
            196,
            "Worth it: 60 of 196 tokens keep 90.0% of the content, the fewest that reach 90%: "
            "--spatial-ratio 1.0 --budget 60.",
        ),
    ],
)
def test_the_advice_says_in_plain_words_what_the_curve_recommends(found, original, sentence):
    assert advice(found, original) == sentence


def resolved(*, bound, words, note):
    return Resolution(0.5, 0.5, bound, 1, *words, note)


def said(explained, **more):
    fidelity = Fidelity(explained, explained, 0.8, 0.9, 1.0, 1.0, 0.3, 0.9, WorstFrame(0, 0.0, 0.8))
    given = {"recommendation": None, "blank": False} | more
    return verdict(original=20580, llm_input=924, fidelity=fidelity, **given)


@pytest.mark.parametrize(
    ("explained", "sentence"),
    [
        (0.9, "Little is lost: 924 of 20,580 tokens keep 90.0% of the content{}."),
        (0.8956, "A trade: 924 of 20,580 tokens keep 89.5% of the content{}."),
        (
            0.5,
            "Much is lost: 924 of 20,580 tokens keep 50.0% of the content{}; raise --budget or ask for "
            "--budget target=0.995.",
        ),
    ],
)
def test_what_is_lost_comes_with_the_weakest_moment(explained, sentence):
    weakest = "; the weakest moment, 22.0 s, keeps 25.0%"
    assert said(explained, weakest=MOMENT) == sentence.format(weakest)
    assert said(explained) == sentence.format("")


@pytest.mark.parametrize(
    ("resolution", "text", "start"),
    [
        (
            resolved(bound=True, words=(714, 9), note="9 of 714 words"),
            1.0,
            "Cannot judge at this resolution",
        ),
        (
            resolved(bound=True, words=(None, None), note="0.4 left"),
            None,
            "Cannot judge at this resolution",
        ),
        (resolved(bound=False, words=(0, 0), note="no words"), 0.6, "Cannot judge by tokens alone: "),
        (resolved(bound=False, words=(None, None), note="0.9 left"), 0.6, "Cannot judge by tokens alone: "),
        (resolved(bound=False, words=(93, 90), note="90 of 93 words"), 1.0, "90 of 93 words. Worth it: "),
        (resolved(bound=False, words=(0, 0), note="no words"), 0.1, "No words. Worth it: "),
        (resolved(bound=False, words=(None, None), note="0.9 left"), 0.1, "Worth it: "),
        (None, None, "Worth it: "),
    ],
)
def test_one_verdict_words_and_resolution_before_tokens(resolution, text, start):
    sentence = said(0.95, recommendation=measured(88), resolution=resolution, text=text)
    assert sentence.startswith(start)
    assert ("Worth it" in sentence) is not start.startswith("Cannot")
    if resolution is not None and resolution.words_full is not None:
        assert resolution.note[1:] in sentence
