from itertools import pairwise

import pytest
from PIL import Image

QUERY = "how many cups are not on the table, and why?"


def test_query_fires_every_flag_and_contributions_add_up(tokcomp, samples):
    found = tokcomp("budget", samples / "coffee.png", "--query", QUERY, "--json").document
    assert found["meta"]["schema"] == "tokcomp.budget"
    features = found["difficulty"]["features"]
    assert set(features) == {"edge", "colour", "objects", "length", "negation", "counting", "reasoning"}
    assert all(set(feature) == {"value", "raw", "contribution"} for feature in features.values())
    assert all(features[flag]["raw"] == 1 for flag in ("negation", "counting", "reasoning"))
    total = sum(feature["contribution"] for feature in features.values())
    assert total == pytest.approx(found["difficulty"]["score"], abs=1e-5)


def test_a_page_of_text_needs_more_than_a_flower_and_a_blank_next_to_nothing(tokcomp, samples, tmp_path):
    blank = tmp_path / "black.png"
    Image.new("RGB", (320, 240)).save(blank)
    paths = [samples / "text.png", samples / "typewriter.png", samples / "flower.jpg", blank]
    found = tokcomp("budget", *paths, "--target", "0.9", "--json").document["results"]
    text, typed, flower, nothing = (entry["recommended"]["tokens"] for entry in found)
    assert text > typed > flower > nothing
    assert nothing <= 3
    assert all(entry["recommended"]["explained"] >= 0.9 for entry in found)


def test_the_recommended_number_gives_its_fidelity_and_one_less_does_not(tokcomp, samples):
    photo = samples / "chelsea.png"
    found = tokcomp("budget", photo, "--json").document["recommended"]
    there = tokcomp("analyze", photo, "--budget", found["tokens"], "--json").document
    below = tokcomp("analyze", photo, "--budget", found["tokens"] - 1, "--json").document
    assert there["fidelity"]["explained"] == pytest.approx(found["explained"], abs=1e-5)
    assert below["fidelity"]["explained"] < 0.9 <= there["fidelity"]["explained"]


def test_curve_is_monotone_and_the_page_draws_it(tokcomp, samples):
    photo = samples / "flower.jpg"
    curve = tokcomp("budget", photo, "--json").document["curve"]
    assert [point["tokens"] for point in curve] == sorted({point["tokens"] for point in curve})
    assert [point["explained"] for point in curve] == sorted(point["explained"] for point in curve)
    assert "Recommendation" in tokcomp("budget", photo).out


def test_steps_are_traced_down_to_the_budget(tokcomp, samples):
    found = tokcomp(
        "budget", samples / "chelsea.png", "--budget", "20", "--reduce", "steps", "--json"
    ).document
    trace = found["trace"]
    assert trace[0]["tokens_in"] == 98
    assert trace[-1]["tokens_out"] == 20
    for before, after in pairwise(trace):
        assert before["tokens_out"] == after["tokens_in"]
    lost = sum(step["explained_lost"] for step in trace)
    stages = found["stages"]
    assert lost == pytest.approx(
        stages[1]["fidelity"]["explained"] - stages[2]["fidelity"]["explained"], abs=1e-4
    )


@pytest.mark.parametrize("target", ["0", "1.5", "-1"])
def test_a_target_outside_its_range_is_exit_2(tokcomp, samples, target):
    assert tokcomp("budget", samples / "coffee.png", "--target", target).code == 2
