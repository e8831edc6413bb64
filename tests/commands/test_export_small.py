import json

import pytest

from tests.export.clips import face, write_clip

FAST = ("--encoder", "handcrafted", "-q")


@pytest.fixture(autouse=True)
def _pixels_only(monkeypatch):
    """Leave out reading: it takes seconds, and has tests of its own."""
    monkeypatch.setattr("tokcomp_cli.difficulty.ocr.find_spec", lambda name: None)


def test_the_folder_says_which_frames_are_small_and_beside_which(tokcomp, tmp_path):
    clip = write_clip(tmp_path / "talk.mp4", [face(seed) for seed in range(8)], each=1, rate=2)
    given = ("export", clip, "--for", "gpt-4o", "--as", "openai", *FAST)
    out = tmp_path / "out"
    ended = tokcomp(*given, "-o", out, "--max-frames", 3, "--target", 0.996, "--json")
    assert ended.code == 0
    manifest = json.loads((out / "manifest.json").read_text())
    files = manifest["inputs"][0]["files"]
    settings = [file["setting"] for file in files]
    assert settings == ["detail=low", "detail=low", "detail=high"]
    assert [(file["width"], file["height"]) for file in files] == [(512, 288)] * 2 + [(1024, 576)]
    assert manifest["tokens"]["after"] == 765 + 2 * 85 == ended.document["tokens"]["after"]
    assert files[0]["beside_seconds"] == files[2]["frames"][0]["seconds"]
    assert files[0]["survival_beside"]["explained"] >= 0.9
    assert (
        "(small; what did not change is sharper in the frame at 00:00:0" in (out / "prompt.txt").read_text()
    )
    [message] = json.loads((out / "message_openai.json").read_text())
    details = [part["image_url"]["detail"] for part in message["content"] if part["type"] == "image_url"]
    assert details == ["low", "low", "high"]
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    again = tmp_path / "again"
    assert tokcomp(*given, "-o", again, "--max-frames", 3, "--target", 0.996).code == 0
    assert before == {file.name: file.read_bytes() for file in again.iterdir()}


def test_what_small_frames_leave_over_of_a_budget_goes_into_more_frames(tokcomp, tmp_path):
    clip = write_clip(tmp_path / "talk.mp4", [face(seed) for seed in range(8)], each=1, rate=2)
    given = ("export", clip, "--for", "gpt-4o", *FAST, "-o", tmp_path / "out", "--target", 0.997)
    ended = tokcomp(*given, "--max-tokens", 2 * 765, "--json")
    assert ended.document["tokens"]["after"] <= 2 * 765
