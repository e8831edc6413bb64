"""Presets, detail path, tiers and serving settings from the command line."""

import pytest

FAST = ("--encoder", "handcrafted")


def test_a_photo_shows_decision_tiers_and_trace(tokcomp, samples):
    found = tokcomp("budget", samples / "coffee.png", "--encoder", "embedded", "--json").document
    assert found["detail"]["wanted"] is False
    assert found["detail"]["reasons"] == []
    assert found["detail"]["tokens_global"] is None
    assert found["lod"]["tiers"] == [
        {"cells": 14, "tokens_per_cell": 4},
        {"cells": 20, "tokens_per_cell": 2},
        {"cells": 15, "tokens_per_cell": 1},
    ]
    assert found["lod"]["tokens"] == 111
    assert found["lod"]["relevance"] == "saliency"
    same = ("--encoder", "embedded", "--spatial-ratio", 1, "--budget", 111, "--json")
    ward = tokcomp("analyze", samples / "coffee.png", *same).document["fidelity"]["explained"]
    assert found["lod"]["explained_ward"] == pytest.approx(ward, abs=1e-5)
    assert found["lod"]["explained"] <= ward
    assert [len(row) for row in found["lod"]["map"]] == [7] * 7
    assert sorted(kept for row in found["lod"]["map"] for kept in row) == [1] * 15 + [2] * 20 + [4] * 14
    assert found["trace"] == []
    assert found["serving"] is None


def test_detail_is_measured_when_asked_for_and_its_reasons_come_from_the_query(tokcomp, samples):
    query = ("--query", "what does the small text say?")
    found = tokcomp("budget", samples / "coffee.png", *FAST, "--detail", *query, "--json").document["detail"]
    assert found["wanted"] is True
    assert found["reasons"] == ["the query names 'small'"]
    assert (found["tiles"], found["tokens_global"], found["tokens_tiles"]) == (9, 49, 196)
    assert found["recovered"] == pytest.approx(
        found["explained_detail"] - found["explained_global"], abs=1e-5
    )
    plain = tokcomp("budget", samples / "coffee.png", *FAST, *query, "--json").document
    assert plain["stages"][0]["tokens_in"] == 196
    assert plain["detail"]["wanted"] is True


@pytest.mark.parametrize("preset", ["pvc", "fastvlm", "router", "arr-coc"])
def test_a_preset_names_itself_on_the_page_and_in_the_document(tokcomp, samples, preset):
    arguments = (samples / "flower.jpg", *FAST, "--preset", preset)
    found = tokcomp("analyze", *arguments, "--json").document
    assert found["plan"]["preset"] == preset
    assert found["tokens"]["llm_input"] == found["stages"][-1]["tokens_out"]
    page = tokcomp("analyze", *arguments, "--full").out
    assert f"preset   {preset}" in page
    assert ("Steps" in page) == (preset in {"router", "arr-coc"})
    assert ("Closer look" in page) == (preset == "fastvlm")
    assert ("1 frame + 9 tiles, 196 each" in page) == (preset == "fastvlm")
    assert ("Tiers" in page) == (preset == "arr-coc")


def test_budget_takes_presets_too(tokcomp, samples):
    ended = tokcomp(
        "budget", samples / "flower.jpg", *FAST, "--preset", "fastvlm", "--query", "read the sign", "--full"
    )
    assert ended.code == 0, ended.err
    assert "detail by novel" in ended.out
    assert "LLM" not in ended.err


def test_own_tiers_are_a_line_of_the_ledger(tokcomp, samples):
    arguments = ("analyze", samples / "flower.jpg", *FAST, "--budget", "100%", "--spatial", "none")
    found = tokcomp(*arguments, "--tiers", "9x4,40x1", "--json").document
    assert found["stages"][-1]["name"] == "lod"
    assert found["tokens"]["llm_input"] == found["lod"]["tokens"] == 76
    assert found["plan"]["tiers"] == "9x4,40x1"


def test_joined_merged_frames_have_nothing_left_to_cap(tokcomp, samples):
    arguments = ("analyze", samples / "sintel_trailer_360p.mp4", *FAST, "--frames", 8, "--threshold", 1)
    found = tokcomp(*arguments, "--budget", 3, "--tiers", "49x1", "--json").document
    assert found["stages"][-1]["tokens_out"] == 3
    assert "joined" in found["stages"][-1]["notes"][0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--preset", "pvc", "--budget", "64"), "fixes --budget to 100%, and 64 was given"),
        (("--preset", "pvc", "--budget", "auto"), "fixes --budget to 100%, and auto was given"),
        (("--preset", "router", "--spatial", "ward"), "fixes --spatial to none, and ward was given"),
        (("--preset", "router", "--tiers", "49x1"), "--tiers goes with --preset arr-coc"),
        (("--preset", "fast"), "--preset takes pvc, fastvlm, router, arr-coc"),
        (("--tiers", "20x8,30x3,22x1"), "72 cells, which do not tile"),
        (("--tiers", "14x4,20x2"), "34 cells, which do not tile"),
        (("--tiers", "9x5,40x1"), "5 tokens a cell"),
        (("--tiers", "soon"), "--tiers takes cells x tokens"),
        (("--preset", "fastvlm", "--query", "  "), "--query is empty"),
        (("--preset", "fastvlm", "--temporal", "evs"), "--temporal evs"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_2(tokcomp, samples, arguments, says):
    for command in ("analyze", "budget"):
        ended = tokcomp(command, samples / "flower.jpg", *FAST, *arguments)
        assert ended.code == 2
        assert says in ended.err
        assert ended.out == ""
        assert len(ended.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--serving", "openvino"), "give --query"),
        (("--serving", "openvino", "--query", "a cup"), "no text tower"),
        (("--serving", "llama"), "--serving takes vllm"),
        (("--serving", "vllm", "--preset", "fastvlm"), "leave out --preset fastvlm or --serving"),
        (("--detail", "--temporal", "evs"), "merges none"),
    ],
)
def test_a_setting_that_cannot_be_found_is_exit_2(tokcomp, samples, arguments, says):
    ended = tokcomp("budget", samples / "flower.jpg", *FAST, *arguments)
    assert ended.code == 2
    assert says in ended.err


def test_a_setting_from_the_environment_contradicts_a_preset_as_loudly(tokcomp, samples, monkeypatch):
    monkeypatch.setenv("TOKCOMP_BUDGET", "25%")
    ended = tokcomp("analyze", samples / "flower.jpg", *FAST, "--preset", "pvc")
    assert ended.code == 2
    assert "fixes --budget to 100%, and 25% was given" in ended.err


def test_a_serving_engines_setting_on_a_clip_and_none_on_a_photo(tokcomp, samples):
    clip = ("budget", samples / "sintel_trailer_360p.mp4", *FAST, "--frames", 8, "--serving", "vllm")
    found = tokcomp(*clip, "--json").document["serving"]
    assert found["explained"] >= 0.995
    assert found["next_explained"] is None or found["next_explained"] < 0.995
    assert f"--video-pruning-rate {found['value']:g}" in tokcomp(*clip, "--full").out
    photo = tokcomp("budget", samples / "flower.jpg", *FAST, "--serving", "tensorrt-llm", "--json").document
    assert photo["serving"]["setting"] is None
    assert "nothing to set" in photo["serving"]["notes"][0]


def test_with_a_method_over_the_whole_video_the_decision_is_still_made(tokcomp, samples):
    arguments = ("budget", samples / "sintel_trailer_360p.mp4", *FAST, "--frames", 6, "--temporal", "evs")
    found = tokcomp(*arguments, "--serving", "vllm", "--json").document
    assert found["lod"] is None
    assert found["detail"]["wanted"] in {True, False}
    assert found["serving"]["tokens_in"] == 6 * 196


@pytest.mark.slow
def test_a_text_tower_ranks_cells_by_the_query_and_prunes_by_it(tokcomp, samples, clip_folder):
    encoder = ("--encoder", f"clip:local-dir:{clip_folder}", "--query", "a cup of coffee")
    found = tokcomp("budget", samples / "coffee.png", *encoder, "--serving", "openvino", "--json").document
    assert found["lod"]["relevance"] == "text"
    assert found["serving"]["setting"].startswith("pruning_ratio=")
    assert found["serving"]["tokens_in"] == 16
    made = tokcomp("analyze", samples / "coffee.png", *encoder, "--preset", "fastvlm", "--json").document
    assert made["detail"]["tokens_global"] == 4
    assert made["stages"][0]["tokens_in"] == 160
    assert tokcomp("analyze", samples / "coffee.png", *encoder, "--preset", "arr-coc").code == 0


def test_several_files_say_what_they_cannot_answer_together(tokcomp, samples):
    photos = ("budget", samples / "flower.jpg", samples / "coffee.png", *FAST)
    for arguments, says in (
        (("--preset", "fastvlm"), "leaves no budget to choose"),
        (("--detail",), "name one file, or add --json"),
        (("--serving", "vllm"), "name one file, or add --json"),
    ):
        ended = tokcomp(*photos, *arguments)
        assert ended.code == 2
        assert says in ended.err
    found = tokcomp(*photos, "--detail", "--preset", "router", "--json").document["results"]
    assert all(one["detail"]["tokens_tiles"] == 196 for one in found)
