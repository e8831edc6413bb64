import subprocess
import sys
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
    assert below["fidelity"]["explained"] < 0.995 <= there["fidelity"]["explained"]


def test_curve_is_monotone_and_the_page_draws_it(tokcomp, samples):
    photo = samples / "flower.jpg"
    curve = tokcomp("budget", photo, "--json").document["curve"]
    assert [point["tokens"] for point in curve] == sorted({point["tokens"] for point in curve})
    assert [point["explained"] for point in curve] == sorted(point["explained"] for point in curve)
    assert "Recommendation" in tokcomp("budget", photo, "--full").out


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


@pytest.mark.usefixtures("without_ocr")
def test_without_the_extra_the_likelihood_is_null_and_one_line_says_what_to_install(tokcomp, samples):
    found = tokcomp("budget", samples / "text.png", "--json", "--encoder", "handcrafted").document
    assert found["difficulty"]["text_likelihood"] is None
    assert 'pip install "tokcomp[ocr]"' in found["difficulty"]["text_note"]
    assert found["resolution"]["words_full"] is None
    page = tokcomp("budget", samples / "text.png", "--encoder", "handcrafted", "--full").out
    assert page.count('pip install "tokcomp[ocr]"') == 1


@pytest.mark.usefixtures("without_ocr")
def test_asking_for_words_without_the_extra_is_exit_2_even_for_many_files(tokcomp, samples):
    ended = tokcomp("budget", samples / "text.png", samples / "coffee.png", "--ocr")
    assert ended.code == 2
    assert 'pip install "tokcomp[ocr]"' in ended.err
    assert ended.out == ""


@pytest.mark.slow
def test_a_process_that_cannot_find_the_extra_says_so(samples):
    hide = "import sys; sys.modules['rapidocr'] = None; from tokcomp_cli.commands.app import main; main()"
    command = [sys.executable, "-c", hide, "budget", str(samples / "text.png"), "--full"]
    command += ["--encoder", "handcrafted"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0
    assert ended.stdout.count('pip install "tokcomp[ocr]"') == 1
    asked = subprocess.run([*command, "--ocr"], capture_output=True, text=True, timeout=120, check=False)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert 'pip install "tokcomp[ocr]"' in asked.stderr


def test_an_empty_query_is_exit_2(tokcomp, samples):
    ended = tokcomp("budget", samples / "coffee.png", "--query", " ")
    assert (ended.code, "--query is empty" in ended.err) == (2, True)


@pytest.mark.slow
def test_words_that_survive_the_resize_are_counted(tokcomp, samples):
    found = tokcomp("budget", samples / "typewriter.png", "--ocr", "--json").document
    resolution = found["resolution"]
    assert resolution["words_full"] > 50
    assert 0 < resolution["words_encoder"] <= resolution["words_full"]
    assert resolution["bound"] is (2 * resolution["words_encoder"] < resolution["words_full"])
    assert found["difficulty"]["text_likelihood"] > 0.5


@pytest.mark.slow
def test_a_page_of_text_is_never_plainly_worth_it(tokcomp, samples):
    unread = tokcomp("budget", samples / "text.png", "--json").document["verdict"]
    read = tokcomp("budget", samples / "text.png", "--ocr", "--json").document["verdict"]
    typed = tokcomp("budget", samples / "typewriter.png", "--ocr", "--json").document["verdict"]
    flower = tokcomp("budget", samples / "flower.jpg", "--ocr", "--json").document["verdict"]
    assert [verdict.split(":")[0] for verdict in (unread, read)] == [
        "Cannot judge by tokens alone",
        "Cannot judge at this resolution",
    ]
    assert "Worth it" not in unread + read
    assert typed.partition(" words can still be read. Worth it: ")[2]
    assert flower.startswith("No words were found; ")


def test_fine_print_is_resolution_bound_and_portraits_are_not(tokcomp, samples, tmp_path):
    page = Image.new("L", (1600, 1600), 255)
    for line in range(0, 1600, 12):
        page.paste(0, (40, line, 1560, line + 4))
    page.save(tmp_path / "lines.png")
    options = ("--json", "--encoder", "handcrafted")
    bound, free = (
        tokcomp("budget", path, *options).document
        for path in (tmp_path / "lines.png", samples / "chelsea.png")
    )
    assert bound["resolution"]["bound"]
    assert bound["verdict"].startswith("Cannot judge at this resolution")
    assert "resolution-bound: judge with the detail path" in bound["verdict"]
    assert not free["resolution"]["bound"]
    assert free["resolution"]["contrast_kept"] > 0.9
    assert "detail path" not in free["verdict"]


def test_the_map_of_regions_comes_with_maps_alone_and_holds_the_objects(tokcomp, samples):
    options = ("budget", samples / "coffee.png", "--json", "--encoder", "handcrafted")
    assert "region_map" not in tokcomp(*options).document["difficulty"]
    found = tokcomp(*options, "--maps").document["difficulty"]
    seen = found["region_map"]
    assert seen["regions"] == found["features"]["objects"]["raw"]
    assert sum(length for _, length in seen["runs"]) == seen["grid"][0] * seen["grid"][1]


def test_the_measured_rule_is_recorded_and_told_apart_on_other_encoders(tokcomp, samples):
    options = ("budget", samples / "coffee.png", "--json", "--difficulty", "measured")
    found = tokcomp(*options).document
    assert found["difficulty"]["rule"] == found["plan"]["difficulty"] == "measured:1.0475,2.386"
    assert not [one for one in found["warnings"] if "fitted" in one]
    other = tokcomp(*options, "--encoder", "handcrafted").document
    assert [one for one in other["warnings"] if "fitted on the encoder embedded" in one]


@pytest.mark.parametrize("option", [("--difficulty", "magic"), ("--difficulty-cuts", "0.9,0.1,0.2")])
def test_unknown_rules_and_falling_cuts_are_exit_2(tokcomp, samples, option):
    ended = tokcomp("budget", samples / "coffee.png", *option)
    assert (ended.code, ended.err.count("\n")) == (2, 1)


def test_steps_recommend_the_fewest_of_all_counts_and_asking_as_told_gives_it(tokcomp, samples):
    options = ("--reduce", "steps", "--encoder", "handcrafted", "--json")
    photo = samples / "coffee.png"
    found = tokcomp("budget", photo, "--target", "0.6", *options).document["recommended"]
    for tokens in range(max(1, found["tokens"] - 6), found["tokens"] + 1):
        asked = tokcomp(
            "analyze", photo, "--budget", tokens, "--spatial-ratio", found["spatial_ratio"], *options
        )
        reached = asked.document["fidelity"]["explained"] >= 0.6
        assert reached is (tokens == found["tokens"])
    target = tokcomp("analyze", photo, "--budget", "target=0.6", *options).document
    assert target["tokens"]["llm_input"] == found["tokens"]
    assert target["fidelity"]["explained"] == pytest.approx(found["explained"], abs=1e-5)


def test_everything_reaches_a_target_of_one(tokcomp, samples):
    found = tokcomp("budget", samples / "coffee.png", "--target", "1", "--json").document
    assert found["recommended"]["explained"] == 1.0
    full = ("--budget", "196", "--spatial-ratio", "1", "--fail-under", "1")
    assert tokcomp("analyze", samples / "coffee.png", *full).code == 0


def test_tiers_leave_no_budget_to_recommend(tokcomp, samples):
    found = tokcomp("budget", samples / "coffee.png", "--tiers", "49x1", "--json").document
    assert found["recommended"] is None
    assert any("tiers take tokens after the budget" in warning for warning in found["warnings"])
    ended = tokcomp("analyze", samples / "coffee.png", "--tiers", "49x1", "--budget", "target=0.9")
    assert (ended.code, ended.out) == (2, "")


def test_fail_under_names_the_file_and_the_figure(tokcomp, samples):
    ended = tokcomp("analyze", samples / "coffee.png", "--budget", "5", "--fail-under", "0.9", "-q")
    assert ended.code == 4
    assert "coffee.png: 0." in ended.err
    assert "less than --fail-under 0.9" in ended.err
