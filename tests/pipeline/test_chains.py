"""The recommended options and count give the recommended figure; one token less does not reach the target."""

import pytest

from tokcomp_cli.core.results.curve import ROUNDING
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan

CLIPS = {"bigbuckbunny.mp4": 70, "sintel_trailer_360p.mp4": 225, "city_cc0_cut_mpeg2.mkv": 30}
SAMPLED = {"sintel_trailer_360p.mp4": {"fps": 1}}


def advice(path, encoder, **settings):
    plan = Plan.of(**{"target": 0.9, "resolution_check": True, "search_chains": True, **settings})
    return run(str(path), plan, encoder).analysis.recommendation


def asked(path, encoder, options, tokens):
    return run(str(path), Plan.of(**options, budget=str(tokens)), encoder).analysis


def check(path, encoder, found, weakest=0.0, **sampled):
    tokens, options = found.recommended.tokens, sampled | dict(found.options)
    there = asked(path, encoder, options, tokens)
    assert there.llm_input == tokens
    assert there.fidelity.explained == pytest.approx(found.recommended.explained, abs=ROUNDING)
    assert there.weakest.explained == pytest.approx(found.weakest.explained, abs=ROUNDING)
    assert there.fidelity.explained >= found.target - ROUNDING
    assert there.weakest.explained >= weakest - ROUNDING
    below = asked(path, encoder, options, tokens - 1)
    assert below.fidelity.explained < found.target - ROUNDING or below.weakest.explained < weakest - ROUNDING


@pytest.mark.slow
@pytest.mark.parametrize("name", CLIPS)
def test_the_fewest_over_all_chains_are_reached_as_told_and_one_less_does_not(samples, embedded_auto, name):
    path, sampled = samples / name, SAMPLED.get(name, {})
    found = advice(path, embedded_auto, **sampled)
    assert found.recommended.tokens <= CLIPS[name]
    assert found.runner_up.tokens >= found.recommended.tokens
    assert found.default_tokens is None or found.default_tokens >= found.recommended.tokens
    check(path, embedded_auto, found, **sampled)
    other = asked(path, embedded_auto, sampled | dict(found.runner_up.options), found.runner_up.tokens)
    assert other.fidelity.explained >= 0.9 - ROUNDING
    aimed = run(str(path), Plan.of(budget="target=0.9", **sampled), embedded_auto).analysis
    assert aimed.llm_input == found.recommended.tokens
    assert aimed.fidelity.explained == pytest.approx(found.recommended.explained, abs=ROUNDING)


@pytest.mark.slow
@pytest.mark.parametrize("weakest", [0.5, 0.88, 0.9])
@pytest.mark.parametrize("name", ["bigbuckbunny.mp4", "city_cc0_cut_mpeg2.mkv"])
def test_the_weakest_moment_keeps_what_is_asked_and_one_less_does_not(samples, handcrafted, name, weakest):
    found = advice(samples / name, handcrafted, weakest=weakest)
    check(samples / name, handcrafted, found, weakest)
    assert found.recommended.tokens >= advice(samples / name, handcrafted).recommended.tokens
    aimed = run(str(samples / name), Plan.of(budget="target=0.9", weakest=weakest), handcrafted).analysis
    assert aimed.llm_input == found.recommended.tokens


@pytest.mark.parametrize(
    "settings",
    [
        {"budget": "60%"},
        {"budget": "target=0.7"},
        {"spatial": "pool", "budget": "60%"},
        {"spatial_ratio": 0.5, "budget": "40%"},
        {"temporal": "evs"},
        {"reduce": "steps"},
    ],
    ids=str,
)
def test_what_is_recommended_beside_another_budget_is_reached_as_told(samples, handcrafted, settings):
    path = samples / "city_cc0_cut_mpeg2.mkv"
    found = advice(path, handcrafted, target=0.6, **settings)
    own = {key: value for key, value in settings.items() if key != "budget"}
    tokens = found.recommended.tokens
    there = asked(path, handcrafted, own | dict(found.options), tokens)
    assert there.fidelity.explained == pytest.approx(found.recommended.explained, abs=ROUNDING)


def test_the_maps_of_what_another_chain_recommends_are_those_of_a_run_with_its_options(samples, handcrafted):
    path, plan = samples / "city_cc0_cut_mpeg2.mkv", {"target": 0.9, "search_chains": True, "maps": True}
    found = run(str(path), Plan.of(**plan), handcrafted).analysis
    advice, shown = found.recommendation, found.recommended_maps
    assert dict(advice.options) == {"temporal": "space-time"}
    there = run(
        str(path), Plan.of(**advice.options, budget=str(shown.tokens), maps=True), handcrafted
    ).analysis
    assert (shown.tokens, shown.timeline) == (advice.recommended.tokens, there.timeline)
    assert [one.owner for one in shown.maps] == [one.owner for one in there.maps]
    for one, same in zip(shown.maps, there.maps, strict=True):
        assert one.lost == pytest.approx(same.lost, abs=1e-6)
    assert shown.nested.trees[0].merges == there.nested.trees[0].merges
    assert {point.tokens for point in advice.curve} <= set(shown.nested.tokens)
    taken = run(str(path), Plan.of(**plan, budget="target=0.9"), handcrafted).analysis
    assert (taken.llm_input, taken.recommended_maps) == (shown.tokens, None)  # it is in force
    assert not taken.recommends_other


def test_a_clip_too_long_for_other_chains_says_so(samples, handcrafted, monkeypatch):
    path = samples / "bigbuckbunny.mp4"
    monkeypatch.setattr("tokcomp_cli.reduce.video_tokens.HELD_BYTES", 1000)
    kept = advice(path, handcrafted)
    assert "GiB" in kept.not_tried
    assert (dict(kept.options), kept.runner_up) == ({}, None)
    noted = run(str(path), Plan.of(budget="target=0.9"), handcrafted).analysis
    assert "GiB" in noted.stages[-1].notes[-1]
    monkeypatch.undo()
    monkeypatch.setattr("tokcomp_cli.pipeline.chains.search.MOST_TOKENS", 100)
    many = advice(path, handcrafted)
    assert many.not_tried is not None
    assert dict(many.options) == {}


def test_a_target_that_no_chain_reaches_names_what_is_reached(samples, handcrafted):
    found = advice(samples / "bigbuckbunny.mp4", handcrafted, target=1.0, threshold=0.0)
    assert found.recommended is None
    there = asked(samples / "bigbuckbunny.mp4", handcrafted, {"threshold": 0.0}, 10**6)
    assert there.fidelity.explained == pytest.approx(found.reachable, abs=ROUNDING)
    assert there.weakest == found.weakest
