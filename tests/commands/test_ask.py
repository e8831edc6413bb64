import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tokcomp_cli.media.open import open_media

QUESTION = "what is it?"


@pytest.fixture
def ask(tokcomp, vlm_folder, samples):
    """Ask a small model about a sample, quickly."""

    def go(kind, *options, name="coffee.png", question=QUESTION, **folder):
        return tokcomp(
            "ask", samples / name, question, "--vlm", vlm_folder(kind, **folder),
            "--repeat", 1, "--max-new-tokens", 6, "--encoder", "handcrafted", *options,
        )  # fmt: skip

    return go


@pytest.mark.parametrize("kind", ["llava", "smolvlm"])
def test_fewer_tokens_at_the_input_and_fewer_still_in_later_layers(ask, kind):
    found = ask(kind, "--budget", 16, "--json").document
    assert found["meta"] == {
        "schema": "tokcomp.ask",
        "schema_version": 2,
        "tokcomp_version": found["meta"]["tokcomp_version"],
    }
    assert (found["full"]["visual_tokens"], found["compressed"]["visual_tokens"]) == (64, 16)
    assert found["full"]["visual_tokens_per_layer"] == [64] * 8
    assert found["compressed"]["visual_tokens_per_layer"] == [16, 16, 11, 11, 8, 8, 6, 6]
    assert found["compressed"]["visual_tokens_layer_mean"] == 10.25
    for side in ("full", "compressed"):
        assert {"encode", "prefill", "decode"} < set(found[side]["ms"])
        assert all(spent >= 0 for spent in found[side]["ms"].values())
        assert found[side]["ms"]["prefill"] > 0
        assert found[side]["answer_tokens"] == 6
    assert found["logit_kl"] > 1e-4
    assert found["explained"] < 1
    assert 0 <= found["agreement"] <= 1
    assert found["log_likelihood_full"] >= found["log_likelihood"]
    ratio = [found[side]["estimated"]["kv_bytes"] for side in ("compressed", "full")]
    assert ratio[0] < ratio[1]
    assert found["sweep"] is None


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("llava", "ward"),
        ("llava", "divprune"),
        ("smolvlm", "ward"),
        ("smolvlm", "pool"),
        ("onevision", "ward"),
        ("qwen", "tome"),
        ("fastvlm", "ward"),
        ("idefics3", "evs"),
    ],
)
def test_all_tokens_kept_is_the_full_model(ask, kind, method):
    found = ask(kind, "--budget", "100%", "--layer-keep", "1,1,1,1", "--method", method, "--json").document
    assert found["logit_kl"] < 1e-5
    assert found["answer_kl"] < 1e-5
    assert found["agreement"] == 1
    assert found["compressed"]["answer"] == found["full"]["answer"]
    assert found["explained"] == 1
    assert found["verdict"].startswith("The answer is the same")


def test_a_budget_above_what_is_there_keeps_all_and_says_so(ask):
    found = ask("llava", "--budget", 65, "--json").document
    assert found["compressed"]["visual_tokens"] == 64
    assert "the budget of 65 is above the 64 visual tokens; all are kept" in found["notes"]


def test_it_is_reproducible_but_for_the_time(ask):
    def told():
        found = ask(
            "smolvlm", "--budget", "30%", "--json", "--sweep", "--methods", "ward,random,pool"
        ).document
        for side in ("full", "compressed"):
            found[side].pop("ms")
        return json.dumps({**found, "timings_ms": None, "time_sentence": None})

    assert told() == told()


@pytest.mark.parametrize(
    ("name", "tokens"), [("fastv", [16, 16, *[8] * 6]), ("pyramiddrop", [16, 16, 8, 8, 4, 4, 2, 2])]
)
def test_published_schedules(ask, name, tokens):
    found = ask("llava", "--budget", 16, "--layer-keep", name, "--json").document
    assert found["compressed"]["visual_tokens_per_layer"] == tokens
    assert found["plan"]["layer_keep"] == name


@pytest.fixture
def still_then_moving(tmp_path):
    """A GIF whose first six frames are one picture and whose last two are others."""
    generator = np.random.default_rng(0)
    pictures = [generator.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(3)]
    frames = [Image.fromarray(pictures[at]) for at in (0, 0, 0, 0, 0, 0, 1, 2)]
    for number, frame in enumerate(frames):  # a pixel each, since equal frames are saved as one
        frame.putpixel((number, 0), (0, 0, 0))
    path = tmp_path / "still.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=500, disposal=2)
    return path


@pytest.mark.parametrize("kind", ["llava", "smolvlm", "onevision", "qwen"])
def test_a_clip_goes_in_as_merged_frames_and_is_opened_once(tokcomp, vlm_folder, samples, kind, monkeypatch):
    opened = []
    monkeypatch.setattr(
        "tokcomp_cli.reading.read_file.open_media",
        lambda path, **how: opened.append(path) or open_media(path, **how),
    )
    clip = samples / "city_cc0_cut_mpeg2.mkv"
    command = ("ask", clip, QUESTION, "--vlm", vlm_folder(kind), "--frames", 6, "--encoder", "handcrafted",
               "--threshold", 0.5, "--repeat", 1, "--max-new-tokens", 4, "--json")  # fmt: skip
    found = tokcomp(*command).document
    assert len(opened) == 1
    assert found["full"]["pictures"] == found["frames_sampled"] == 6
    merged = found["compressed"]["pictures"]
    assert merged < 6
    assert found["compressed"]["visual_tokens"] < found["full"]["visual_tokens"]
    assert found["timings_ms"]["merge"] > 0
    whole = tokcomp(*command, "--before", "none").document
    assert whole["compressed"]["pictures"] == 6
    assert "merge" not in whole["timings_ms"]


def test_a_context_that_is_too_long_is_told_before_frames_are_merged(tokcomp, vlm_folder, samples):
    command = ("ask", samples / "sintel_trailer_360p.mp4", QUESTION, "--vlm", vlm_folder("llava"))
    ended = tokcomp(*command, "--frames", 40, "--encoder", "no-such-encoder")
    assert ended.code == 2
    assert "takes 2,048 tokens, and 2,560 visual ones" in ended.err


def test_frames_that_stand_still_become_one(tokcomp, vlm_folder, still_then_moving):
    quick = ("--encoder", "handcrafted", "--repeat", 1, "--max-new-tokens", 2, "--json")
    whole = ("--threshold", 0.99, "--budget", "100%", "--layer-keep", "1,1,1,1")
    command = ("ask", still_then_moving, QUESTION, "--vlm", vlm_folder("smolvlm"))
    found = tokcomp(*command, *whole, *quick).document
    assert (found["full"]["pictures"], found["compressed"]["pictures"]) == (8, 3)
    assert found["compressed"]["visual_tokens"] == 3 * 64


def test_the_budget_by_difficulty(ask):
    found = ask("llava", "--budget", "auto", "--json").document
    assert any(note.startswith("budget: ") and "input" in note for note in found["notes"])
    assert found["compressed"]["visual_tokens"] in {7, 16, 28, 44}


def test_a_sweep_is_evidence_for_or_against_the_proxy(ask):
    ended = ask("smolvlm", "--sweep", "--json", longest=64)
    sweep = ended.document["sweep"]
    methods = {point["method"] for point in sweep["points"]}
    assert {"ward", "tome", "divprune", "random", "uniform", "pool", "space-time"} <= methods
    assert not {"visionzip", "cdpruner", "none"} & methods
    assert {point["budget"] for point in sweep["points"]} == {16, 32, 80, 160, 240}
    assert -1 <= sweep["rank_correlation"] <= 1
    assert -1 <= sweep["within_budget"] <= 1
    assert sweep["budgets"] == 5
    assert "smolvlm" in sweep["feature_space"]
    assert "after its projector" in sweep["feature_space"]
    kept = {(point["method"], point["budget"]): point["explained"] for point in sweep["points"]}
    assert kept["ward", 240] > kept["ward", 16]


def test_the_page_says_it_in_words(ask, monkeypatch):
    for columns in (80, 160):
        monkeypatch.setenv("COLUMNS", str(columns))
        page = ask("llava", "--budget", 16, "--sweep", "--methods", "ward,random,uniform").out
        for word in (
            "Answers",
            "Tokens and time",
            "Distance",
            "Sweep",
            "estimated",
            "64 → 16",
            QUESTION,
        ):
            assert word in page
        assert max(map(len, page.splitlines())) <= columns


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--layer-keep", "1,1"), "--layer-keep takes four shares"),
        (("--max-new-tokens", 0), "--max-new-tokens"),
        (("--repeat", 0), "--repeat"),
        (("--before", "after"), "--before takes merge or none"),
        (("--budget", 0), "--budget"),
        (("--budget", "target=0.9"), "--sweep"),
        (("--temporal", "evs"), "--method evs"),
        (("--method", "wart"), "did you mean 'ward'"),
        (("--method", "ward,tome"), "--method takes one method"),
        (("--method", "visionzip"), "needs attention keys"),
        (("--methods", "ward"), "give --sweep too"),
        (("--sweep", "--methods", "visionzip"), "needs attention keys"),
        (("--max-new-tokens", 5000), "takes 2,048 tokens"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence_and_wrong_usage(ask, options, said):
    ended = ask("llava", *options)
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1
    assert ended.out == ""


@pytest.mark.parametrize("question", ["<image> what?", "", "bye</s>"])
def test_questions_that_are_no_plain_text(ask, question):
    ended = ask("llava", question=question)
    assert ended.code == 2
    assert "the question" in ended.err


def test_what_is_left_out_is_named(tokcomp, samples, vlm_folder):
    for arguments in ((), (samples / "coffee.png", QUESTION), (samples / "coffee.png", "--vlm", "smolvlm")):
        ended = tokcomp("ask", *arguments)
        assert ended.code == 2
        assert "name a picture or video, a question and a model" in ended.err
    missing = tokcomp("ask", samples / "none.png", QUESTION, "--vlm", vlm_folder("llava"))
    assert missing.code == 1
    assert "none.png" in missing.err


def test_a_model_that_is_not_fit_is_no_wrong_usage(tokcomp, samples, vlm_folder):
    for name, said in (
        (vlm_folder("text_only"), "text-only"),
        ("smolvlm", "hf download"),
        ("no/one", "not on this"),
    ):
        ended = tokcomp("ask", samples / "coffee.png", QUESTION, "--vlm", name)
        assert ended.code == 1
        assert said in ended.err
        assert "Traceback" not in ended.err


def test_no_file_names_the_model_or_trusts_code(tokcomp, samples, tmp_path):
    for setting in ('vlm = "./mine"', "trust-remote-code = true"):
        (tmp_path / "config.toml").write_text(setting)
        ended = tokcomp("ask", samples / "coffee.png", QUESTION, "--config", tmp_path / "config.toml")
        assert ended.code == 2
        assert "may only be an option" in ended.err


def test_names_and_questions_break_nothing(tokcomp, samples, vlm_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    odd = Path("a[red]\n<b>.png")
    odd.write_bytes((samples / "coffee.png").read_bytes())
    command = (
        "ask",
        odd,
        '[/bold] "x" </script>',
        "--vlm",
        vlm_folder("llava"),
        "--repeat",
        1,
        "--max-new-tokens",
        2,
    )
    page = tokcomp(*command)
    assert page.code == 0
    assert "[/bold]" in page.out
    assert "a[red]\\n<b>.png" in page.out
    assert tokcomp(*command, "--json").document["question"] == '[/bold] "x" </script>'


@pytest.mark.slow
def test_a_process_of_its_own_prints_one_document(process, samples, vlm_folder):
    command = ("ask", str(samples / "coffee.png"), QUESTION, "--vlm", str(vlm_folder("llava")))
    ended = process(*command, "--budget", "16", "--repeat", "1", "--max-new-tokens", "2", "--json")
    assert ended.returncode == 0
    assert ended.stderr == b""
    assert json.loads(ended.stdout)["compressed"]["visual_tokens"] == 16


def test_bench_vlm_prints_a_table_and_a_document(tokcomp):
    command = ("bench", "vlm", "--layers", 2, "--tokens", 32, "--rounds", 1, "--threads", 1)
    found = tokcomp(*command, "--json").document
    assert found["meta"]["schema"] == "tokcomp.bench"
    assert (found["layers"], found["layers_measured"]) == (30, 2)
    assert [row["visual_tokens"] for row in found["prefill"]] == [32, 16, 8, 4] * 2
    page = tokcomp(*command).out
    assert "2 of its 30 layers" in page
    assert "random weights" in page
    for option, value in (
        ("--rounds", 0),
        ("--tokens", 0),
        ("--threads", 0),
        ("--layers", 31),
        ("--shape", "x"),
    ):
        assert tokcomp(*command, option, value).code == 2
