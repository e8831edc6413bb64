"""Compare with a user's own CLIP: relevance to the query, and smaller pictures."""

import pytest


@pytest.fixture
def name(clip_folder):
    return f"clip:local-dir:{clip_folder}"


@pytest.mark.slow
def test_a_text_tower_lets_cdpruner_run_and_the_tower_sees_smaller_pictures(tokcomp, samples, name):
    arguments = ("compare", samples / "coffee.png", "--encoder", name, "--budget", 5)
    ended = tokcomp(*arguments, "--query", "a cup of coffee", "--json")
    assert ended.code == 0, ended.err
    found = ended.document
    methods = {row["method"] for row in found["methods"]}
    assert {"cdpruner", "visionzip", "downsample"} <= methods, found["notes"]
    assert any("not calibrated" in note for note in found["notes"])
    assert "|query:" in found["signature"]
    assert {row["tokens_out"] for row in found["methods"]} == {5}
    without = tokcomp(*arguments, "--json").document
    assert any("left out cdpruner" in note for note in without["notes"])


@pytest.mark.slow
def test_analyze_with_cdpruner(tokcomp, samples, name):
    arguments = ("analyze", samples / "coffee.png", "--encoder", name, "--spatial", "cdpruner", "--json")
    found = tokcomp(*arguments, "--query", "a cup", "--budget", 4).document
    assert found["tokens"]["llm_input"] == 4
    assert tokcomp(*arguments, "--budget", 4).code == 2
