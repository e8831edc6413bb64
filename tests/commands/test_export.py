import json
import re

import av
import numpy as np
import pytest
from PIL import Image

from tests.export.clips import page, write_clip

FAST = ("--encoder", "handcrafted", "-q")
LEFT = ("shows_nothing_seconds", "left_out_seconds")


@pytest.fixture(autouse=True)
def _pixels_only(monkeypatch):
    """Leave out reading: it takes seconds, and has tests of its own."""
    monkeypatch.setattr("tokcomp_cli.difficulty.ocr.find_spec", lambda name: None)


@pytest.fixture
def trailer(samples):
    return samples / "sintel_trailer_360p.mp4"


@pytest.fixture
def street(samples):
    return samples / "city_cc0_cut_mpeg2.mkv"


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def content(folder):
    return {one.name: one.read_bytes() for one in sorted(folder.iterdir())}


def test_the_folder_holds_what_the_manifest_says(tokcomp, trailer, tmp_path):
    out = tmp_path / "out"
    ended = tokcomp(
        "export", trailer, "--for", "qwen2.5-vl", "--max-frames", 6, "-o", out, "--json", "--fps", 1, *FAST
    )
    assert ended.code == 0
    found, [one] = manifest(out), manifest(out)["inputs"]
    assert set(content(out)) == set(ended.document["files"])
    assert len(one["files"]) == 6
    assert found["tokens"]["estimated"] is True
    assert one["tokens"]["after"] == ended.document["tokens"]["after"] < one["tokens"]["before"] == 15_548
    with av.open(str(trailer)) as container:
        times = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
    spans, weights = [tuple(span) for key in LEFT for span in one[key]], 0.0
    for file in one["files"]:
        [frame] = file["frames"]
        assert abs(frame["seconds"] - times[frame["frame"]]) <= 0.0005
        assert file["file"] == f"00-00-{frame['seconds']:06.3f}.jpg"
        assert any(start <= frame["seconds"] < end for start, end in frame["spans_seconds"])
        spans += map(tuple, frame["spans_seconds"])
        weights += frame["weight"]
        with Image.open(out / file["file"]) as picture:
            picture.load()
            assert picture.size == (file["width"], file["height"])
            assert not picture.getexif()
    spans.sort()
    black, unlike = (sum(end - start for start, end in one[key]) for key in LEFT)
    assert 0 < black < 6
    assert weights == pytest.approx(1 - (black + unlike) / 52.208, abs=0.02)
    assert [one[1] for one in spans[:-1]] == [one[0] for one in spans[1:]]
    assert (spans[0][0], spans[-1][1]) == (0.0, 52.208)
    lines = (out / "prompt.txt").read_text().splitlines()
    assert [line.split(":")[0] for line in lines[1:7]] == [file["file"] for file in one["files"]]
    assert lines[-1].startswith("Nothing to see, as in a black picture: 00:00:00.000 to ")
    assert (len(lines) == 9) == bool(one["left_out_seconds"])


def test_a_frame_is_one_of_the_file_and_never_a_blend(tokcomp, street, tmp_path):
    out = tmp_path / "out"
    given = ("--for", "internvl3", "--max-frames", 3, "--format", "png", "-o", out)
    assert tokcomp("export", street, *given, *FAST).code == 0
    with av.open(str(street)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    for file in manifest(out)["inputs"][0]["files"]:
        with Image.open(out / file["file"]) as picture:
            sent = np.asarray(picture)
        source = Image.fromarray(frames[file["frames"][0]["frame"]]).resize(sent.shape[1::-1])
        assert np.abs(sent.astype(int) - np.asarray(source).astype(int)).mean() < 3


@pytest.mark.parametrize("more", [(), ("--as", "openai", "--inline"), ("--grid", 2, "--format", "webp")])
def test_a_second_run_gives_the_same_bytes(tokcomp, street, tmp_path, more):
    given = ("--for", "gpt-4o", "-o", tmp_path / "out", "--max-frames", 4, "--fps", 1, *more)
    assert tokcomp("export", street, *given, *FAST).code == 0
    before = content(tmp_path / "out")
    assert tokcomp("export", street, *given, "--force", *FAST).code == 0
    assert content(tmp_path / "out") == before


def test_screens_that_differ_in_writing_only_do_not_vanish(tokcomp, tmp_path):
    clip = write_clip(tmp_path / "pages.mp4", [page(seed) for seed in range(8)], each=4, rate=4)
    out = tmp_path / "out"
    assert tokcomp("export", clip, "--for", "gpt-4o", "-o", out, *FAST).code == 0
    frames = [file["frames"][0] for file in manifest(out)["inputs"][0]["files"]]
    assert sorted({frame["frame"] // 4 for frame in frames}) == list(range(8))
    tight = tmp_path / "tight"
    ended = tokcomp("export", clip, "--for", "gpt-4o", "-o", tight, "--max-frames", 5, "--json", *FAST)
    assert (
        "8 screens of other writing were found, and 5 frames fit" in ended.document["inputs"][0]["warnings"]
    )


def test_a_budget_of_tokens_is_kept_and_one_below_a_frame_is_told(tokcomp, street, tmp_path):
    given = ("export", street, "--for", "gpt-4o:high", "--target", 1, "--fps", 1, *FAST)
    ended = tokcomp(*given, "-o", tmp_path / "out", "--max-tokens", 1300, "--json")
    assert ended.document["tokens"]["after"] == 3 * 425
    ended = tokcomp(*given, "-o", tmp_path / "none", "--max-tokens", 400)
    assert ended.code == 2
    assert "--max-tokens 400 is below a frame" in ended.err
    assert "425 tokens" in ended.err
    assert not (tmp_path / "none").exists()


def test_contact_sheets_hold_frames_with_their_times(tokcomp, street, tmp_path):
    out = tmp_path / "out"
    given = ("--for", "gpt-4o", "--max-frames", 6, "--target", 1, "--grid", 2, "-o", out)
    ended = tokcomp("export", street, *given, "--json", *FAST)
    files = manifest(out)["inputs"][0]["files"]
    assert [len(file["frames"]) for file in files] == [4, 2]
    with Image.open(out / files[0]["file"]) as sheet:
        assert sheet.size == (files[0]["width"], files[0]["height"])
    assert any(re.search(r"in a cell of \d+×\d+ px", one) for one in ended.document["inputs"][0]["warnings"])


def test_pictures_only_are_sized_turned_and_stripped(tokcomp, tmp_path):
    turned = Image.new("RGB", (1200, 600), "red")
    turned.paste("blue", (0, 0, 600, 600))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a secret"
    for name in ("a b.jpg", "a-b.jpg"):
        turned.save(tmp_path / name, exif=exif)
    out = tmp_path / "out"
    given = ("--for", "gpt-4o:low", "-o", out, "--as", "anthropic")
    ended = tokcomp("export", tmp_path / "a b.jpg", tmp_path / "a-b.jpg", *given, *FAST)
    assert ended.code == 0
    assert "170 tokens" in ended.out
    files = [one["files"][0]["file"] for one in manifest(out)["inputs"]]
    assert files == ["1-a-b.jpg", "2-a-b.jpg"]
    with Image.open(out / files[0]) as picture:
        assert picture.size == (256, 512)
        assert picture.getpixel((128, 100))[2] > 200
        assert picture.getpixel((128, 400))[0] > 200
    assert b"secret" not in (out / files[0]).read_bytes()
    held = json.loads((out / "message_anthropic.json").read_text())[0]["content"]
    assert [part["source"]["url"] for part in held if part["type"] == "image"] == files


def test_larger_than_the_vendor_accepts_is_said_and_sized_down(tokcomp, tmp_path):
    Image.new("RGB", (9000, 300), "green").save(tmp_path / "wide.png")
    out = tmp_path / "out"
    ended = tokcomp("export", tmp_path / "wide.png", "--for", "claude-standard", "-o", out, *FAST)
    assert ended.code == 0
    assert "refuses a side above 8,000 px" in " ".join(ended.out.split())
    assert max(manifest(out)["inputs"][0]["files"][0][side] for side in ("width", "height")) <= 1568


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--for", "gpt4o", "-o", "x"), "did you mean 'gpt-4o'?"),
        (("--for", "gpt4o", "-o", "x"), "--models-file adds one"),
        (("--for", "claude", "-o", "x"), "stands for claude-standard, claude-high-resolution; name one"),
        (("-o", "x"), "name the model to send to"),
        (("--for", "gpt-4o"), "name a folder to write"),
        (("--for", "gpt-4o", "-o", "x", "--max-frames", 0), "--max-frames takes a whole number"),
        (("--for", "gpt-4o", "-o", "x", "--grid", 1), "--grid takes a whole number, at least 2"),
        (("--for", "gpt-4o", "-o", "x", "--grid", 99), "--grid takes at most 8"),
        (("--for", "gpt-4o", "-o", "x", "--as", "grok"), "--as takes openai"),
        (("--for", "gpt-4o", "-o", "x", "--inline"), "--inline puts"),
        (("--for", "gpt-4o", "-o", "x", "--format", "bmp"), "--format takes jpeg"),
        (("--for", "gpt-4o", "-o", "no/x"), "there is no folder"),
    ],
)
def test_what_cannot_be_done_is_told_before_any_work(tokcomp, samples, tmp_path, monkeypatch, given, told):
    monkeypatch.chdir(tmp_path)
    ended = tokcomp("export", samples / "flower.jpg", *given, *FAST)
    assert ended.code == 2
    assert told in ended.err
    assert not list(tmp_path.iterdir())


def test_a_folder_with_something_in_it_needs_force(tokcomp, samples, tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    given = ("export", samples / "flower.jpg", "--for", "gpt-4o", "-o", tmp_path, *FAST)
    ended = tokcomp(*given)
    assert ended.code == 2
    assert "add --force" in ended.err
    assert tokcomp(*given, "--force").code == 0
    assert set(content(tmp_path)) == {"mine.txt", "flower.jpg", "manifest.json", "prompt.txt"}


def test_what_costs_more_as_pictures_is_not_worth_it(tokcomp, samples, tmp_path):
    given = ("--for", "gemini-3", "--target", 1, "-o", tmp_path / "out", "--json", *FAST)
    ended = tokcomp("export", samples / "city_cc0_cut_mpeg2.mkv", *given)
    assert any(one.startswith("not worth it") for one in ended.document["inputs"][0]["warnings"])
