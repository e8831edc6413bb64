import json
import os

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

QUICK = ("--encoder", "handcrafted")
TOP = {
    "meta", "media", "sampling", "encoder", "plan", "stages", "tokens", "layers", "timeline",
    "frame_similarity", "difficulty", "fidelity", "weakest", "trace", "detail", "lod", "serving", "gate",
    "verdict", "warnings", "timings_ms",
}  # fmt: skip


@pytest.fixture
def photo(samples):
    return samples / "coffee.png"


@pytest.fixture
def clip(samples):
    return samples / "city_cc0_cut_mpeg2.mkv"


def test_json_is_one_document_with_the_promised_keys(tokcomp, clip):
    ended = tokcomp("analyze", clip, "--json", *QUICK)
    assert ended.code == 0
    assert ended.err == ""
    found = ended.document
    assert set(found) == TOP
    assert found["meta"]["schema"] == "tokcomp.analysis"
    assert found["meta"]["schema_version"] == 2
    assert set(found["tokens"]) == {"original", "llm_input", "last_layer", "layer_mean", "reduction"}
    assert [stage["name"] for stage in found["stages"]] == ["spatial", "temporal", "budget"]
    for before, after in zip(found["stages"], found["stages"][1:], strict=False):
        assert before["tokens_out"] == after["tokens_in"]
    assert found["stages"][0]["tokens_in"] == found["tokens"]["original"] == 196 * 9
    assert found["stages"][-1]["tokens_out"] == found["tokens"]["llm_input"]
    assert found["stages"][-1]["fidelity"] == found["fidelity"]
    assert found["sampling"] == {
        "rule": "fps=2", "frames_in_file": 103, "frames_sampled": 9, "frames_encoded": 9,
    }  # fmt: skip
    assert sum(entry["frames"] for entry in found["timeline"]) == 9
    assert sum(entry["tokens"] for entry in found["timeline"]) == found["tokens"]["llm_input"]


def test_two_runs_differ_in_timings_alone(tokcomp, clip):
    first, second = (tokcomp("analyze", clip, "--json", "--maps", *QUICK).document for _ in range(2))
    assert first.pop("timings_ms") != {}
    second.pop("timings_ms")
    assert json.dumps(first) == json.dumps(second)


@pytest.mark.parametrize("count", [1, 7, 64, 97])
def test_budgets_are_exact_on_a_photo(tokcomp, photo, count):
    found = tokcomp("analyze", photo, "--budget", count, "--json").document
    assert found["tokens"]["llm_input"] == count


def test_budgets_above_what_is_there_keep_all_and_say_so(tokcomp, photo):
    found = tokcomp("analyze", photo, "--budget", "5000", "--json", *QUICK).document
    assert found["tokens"]["llm_input"] == 196
    assert len(found["stages"][-1]["notes"]) == 1


def test_budgets_below_the_merged_frames_join_them(tokcomp, clip):
    found = tokcomp("analyze", clip, "--temporal", "none", "--budget", "4", "--json", *QUICK).document
    assert found["tokens"]["llm_input"] == 4
    assert [entry["tokens"] for entry in found["timeline"]] == [1, 1, 1, 1]


@pytest.mark.slow
def test_the_planted_cut_of_the_city_is_found_frame_by_frame(tokcomp, clip):
    found = tokcomp("analyze", clip, "--fps", "native", "--json").document
    assert found["sampling"]["frames_sampled"] == 103
    assert 44 in [entry["first_frame"] for entry in found["timeline"]]
    assert len(found["timeline"]) <= 4


def test_the_planted_cut_of_the_city_is_found_at_every_fourth_frame(tokcomp, clip):
    found = tokcomp("analyze", clip, "--every", "4", "--json").document
    assert [entry["first_frame"] for entry in found["timeline"]] == [0, 44]


def test_saved_tokens_trace_every_patch(tokcomp, clip, tmp_path):
    target = tmp_path / "tokens.safetensors"
    found = tokcomp("analyze", clip, "--json", "--save", target, *QUICK).document
    saved = load_file(target)
    assert saved["features"].shape == (found["tokens"]["llm_input"], 29)
    assert saved["origin"].shape == (found["tokens"]["original"],)
    assert torch.equal(torch.bincount(saved["origin"][saved["origin"] >= 0]), saved["sizes"])
    assert saved["frame_index"].tolist()[0] == 0
    first = [int((saved["origin"] == token).nonzero()[0]) for token in range(len(saved["sizes"]))]
    position = saved["position"]
    assert (position[:, 0] * 196 + position[:, 1] * 14 + position[:, 2]).tolist() == first == sorted(first)


def test_keeping_everything_saves_the_encoders_tokens(tokcomp, photo, tmp_path, handcrafted):
    target = tmp_path / "all.safetensors"
    keep_all = ("--spatial", "none", "--temporal", "none", "--budget", "100%")
    tokcomp("analyze", photo, *keep_all, "--save", target, "--json", *QUICK)
    rgb = np.asarray(Image.open(photo).convert("RGB"))
    assert torch.equal(load_file(target)["features"], handcrafted.encode(rgb[None]).features[0])


def test_keep_maps_decode_to_the_token_counts(tokcomp, clip):
    found = tokcomp("analyze", clip, "--maps", "--json", *QUICK).document
    for entry, keep in zip(found["timeline"], found["maps"], strict=True):
        assert sum(length for _, length in keep["runs"]) == 196
        assert len({token for token, _ in keep["runs"] if token >= 0}) == entry["tokens"]


def test_several_inputs_one_bad_one_does_not_stop_the_rest(tokcomp, photo, clip, tmp_path):
    broken = tmp_path / "not a picture.gif"
    broken.write_text("hello")
    ended = tokcomp("analyze", photo, broken, clip, "--json", *QUICK)
    assert ended.code == 3
    found = ended.document
    assert found["meta"]["schema"] == "tokcomp.analyses"
    assert [entry["status"] for entry in found["results"]] == ["ok", "failed", "ok"]
    assert found["results"][1]["error"]["type"] == "MediaError"
    assert ended.err.count("\n") == 1


def test_all_inputs_failed_is_exit_1(tokcomp, tmp_path):
    ended = tokcomp("analyze", tmp_path / "a.png", tmp_path / "b.png", *QUICK)
    assert ended.code == 1
    assert ended.out == ""


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--budget", "0"), "--budget"),
        (("--budget", "-5"), "--budget"),
        (("--budget", "many"), "--budget"),
        (("--spatial", "wrad"), "did you mean 'ward'"),
        (("--temporal", "none2"), "did you mean 'none'"),
        (("--encoder", "embeded"), "did you mean 'embedded'"),
        (("--fps", "fast"), "--fps"),
        (("--fps", "2", "--every", "3"), "fps"),
        (("--layer-keep", "1,x"), "--layer-keep"),
        (("--no-such-option",), "--no-such-option"),
        (("--start", "900"), "900"),
        (("--fail-under", "nan"), "--fail-under"),
    ],
)
def test_wrong_usage_is_exit_2_with_one_sentence(tokcomp, photo, arguments, word):
    ended = tokcomp("analyze", photo, *arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert word in ended.err
    assert "Traceback" not in ended.err


def test_fail_under_is_exit_4(tokcomp, photo):
    assert tokcomp("analyze", photo, "--budget", "1", "--fail-under", "0.5", *QUICK).code == 4
    assert tokcomp("analyze", photo, "--budget", "90", "--fail-under", "0.5", *QUICK).code == 0


def test_no_input_is_exit_2(tokcomp):
    ended = tokcomp("analyze")
    assert ended.code == 2
    assert "at least one" in ended.err


def test_save_refuses_several_inputs_and_a_folder_that_is_not_there(tokcomp, photo, tmp_path):
    assert tokcomp("analyze", photo, photo, "--save", tmp_path / "x.safetensors", *QUICK).code == 2
    ended = tokcomp("analyze", photo, "--save", tmp_path / "no" / "x.safetensors", *QUICK)
    assert ended.code == 2
    assert "cannot write" in ended.err


def test_a_clip_decoded_in_a_process_of_its_own_is_the_same(tokcomp, clip):
    here, apart = (
        tokcomp("analyze", clip, flag, "--json", *QUICK).document for flag in ("--no-isolate", "--isolate")
    )
    assert (here["media"].pop("isolated"), apart["media"].pop("isolated")) == (False, True)
    for found in (here, apart):
        found.pop("timings_ms")
        found["media"].pop("decoder_reason")
    assert here == apart
    ended = tokcomp("analyze", clip, "--isolate", "--decode-timeout", "0.001", *QUICK)
    assert ended.code == 1
    assert "--decode-timeout" in ended.err


def test_save_never_replaces_an_input_or_what_is_no_file(tokcomp, photo, tmp_path):
    mine, pipe = tmp_path / "mine.png", tmp_path / "pipe"
    mine.write_bytes(photo.read_bytes())
    os.mkfifo(pipe)
    for target in (mine, pipe, tmp_path, "", "-"):
        assert tokcomp("analyze", mine, "--save", target, *QUICK).code == 2, target
    assert mine.read_bytes() == photo.read_bytes()
    assert pipe.is_fifo()


def test_none_keeps_everything_whatever_the_ratio(tokcomp, photo):
    found = tokcomp(
        "analyze", photo, "--spatial", "none", "--spatial-ratio", "0.3", "--json", *QUICK
    ).document
    assert found["stages"][0]["tokens_out"] == 196


@pytest.mark.parametrize("size", [(1, 1), (161, 1)])
def test_pictures_of_a_few_pixels(tokcomp, tmp_path, size):
    path = tmp_path / "tiny.png"
    Image.new("RGB", size, (200, 10, 10)).save(path)
    found = tokcomp("analyze", path, "--json").document
    assert found["tokens"]["original"] == 196


def test_odd_names_survive(tokcomp, tmp_path, photo):
    path = tmp_path / "x[" / "red] \"q\" 'p'\n.png"
    path.parent.mkdir()
    path.write_bytes(photo.read_bytes())
    assert tokcomp("analyze", path, "--json", *QUICK).document["media"]["path"] == str(path)
    page = tokcomp("analyze", path, "--query", "is [/bold] it?\x1b[31m", "--full", *QUICK).out
    assert "[/red]" in page
    assert "\x1b[31m" not in page


def test_the_page_names_what_a_stranger_asks(tokcomp, clip):
    page = tokcomp("analyze", clip, "--full", *QUICK).out
    for word in (
        "spatial",
        "temporal",
        "budget",
        "LLM input",
        "last layer",
        "Timeline",
        "Difficulty",
        "weakest moment",
    ):
        assert word in page
    assert "\x1b" not in page
