"""Pages, plots and overlays from the command line."""

import html
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tokcomp_cli.cli import pages
from tokcomp_cli.errors import PlanError

QUICK = ("--encoder", "handcrafted")


@pytest.fixture
def photo(samples):
    return samples / "flower.jpg"


def test_a_page_beside_the_terminal_and_the_same_from_its_document(tokcomp, photo, tmp_path):
    page, again, document = tmp_path / "a.html", tmp_path / "b.html", tmp_path / "a.json"
    ended = tokcomp("analyze", photo, "--budget", 20, "--html", page, "--json", "--maps", *QUICK)
    assert ended.code == 0
    assert ended.err == f"wrote {page}\n"
    document.write_text(ended.out)
    assert tokcomp("report", document, "-o", again).code == 0
    assert again.read_text() == page.read_text()
    assert "data:image/jpeg;base64," in page.read_text()
    assert len(ended.document["nested"]["tokens"]) > 20


def test_the_maps_at_the_budget_in_force_are_those_in_force(tokcomp, samples):
    clip = samples / "city_cc0_cut_mpeg2.mkv"
    found = tokcomp("analyze", clip, "--json", "--maps", *QUICK).document
    nested = found["nested"]
    at = nested["tokens"].index(found["tokens"]["llm_input"])
    assert nested["explained"][at] == pytest.approx(found["fidelity"]["explained"], abs=1e-6)
    for entry, tree in zip(found["timeline"], nested["trees"], strict=True):
        assert tree["tokens"][at] == entry["tokens"]
    lost = [sum(one["lost"]) for one in found["maps"]]
    assert all(value >= 0 for value in lost)
    assert sum(lost) > 0


def test_several_files_make_one_page(tokcomp, samples, tmp_path):
    page = tmp_path / "all.html"
    names = [samples / name for name in ("flower.jpg", "coffee.png")]
    ended = tokcomp("budget", *names, tmp_path / "gone.png", "--html", page, *QUICK)
    assert ended.code == 3
    text = page.read_text()
    assert "1 failed" in text
    assert "Budget for all of them" in text


def test_a_comparison_shows_what_each_method_throws_away(tokcomp, photo, tmp_path):
    page = tmp_path / "c.html"
    arguments = ("compare", photo, "--budget", 20, "--methods", "ward,prune", "--html", page, *QUICK)
    assert tokcomp(*arguments).code == 0
    assert page.read_text().count('class="map"') == 5  # two methods, three controls
    methods = tokcomp(*arguments[:-4], "--json", "--maps", *QUICK).document["methods"]
    pruned = next(one["map"] for one in methods if one["method"] == "prune")
    assert sum(length for token, length in pruned["runs"] if token >= 0) == 20


@pytest.mark.slow
def test_a_batch_makes_the_page_of_its_lines(tokcomp, samples, tmp_path):
    page, lines = tmp_path / "b.html", tmp_path / "b.jsonl"
    names = [samples / name for name in ("flower.jpg", "coffee.png")]
    assert tokcomp("batch", *names, "-o", lines, "--html", page, *QUICK).code == 0
    assert "2 files" in page.read_text()
    ended = tokcomp("batch", *names, "-o", "-", "--html", tmp_path / "c.html", *QUICK)
    assert (ended.code, "--html is made of the lines in a file" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("x.pdf", "--html takes a name that ends in .html, .htm"),
        ("nowhere/x.html", "there is no folder"),
        ("there.html", "is there already; name another file, or add --force"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_any_work(tokcomp, photo, tmp_path, target, said):
    (tmp_path / "there.html").write_text("mine")
    ended = tokcomp("analyze", photo, "--html", tmp_path / target, *QUICK)
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""
    assert (tmp_path / "there.html").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_told_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(pages.os, "access", lambda *_: False)
    with pytest.raises(PlanError, match="you may not write in its folder; name another one"):
        pages.check_output(str(tmp_path / "x.html"), [], option="--html", suffixes=(".html",), force=False)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder that even root cannot write")
def test_a_folder_that_turns_out_unwritable_is_one_sentence():
    with pytest.raises(PlanError, match=r"/proc/x\.html"):
        pages.write_text("/proc/x.html", "page", quiet=True)


@pytest.mark.parametrize(
    ("name", "size"),
    [("panorama.png", (90, 1600)), ("black.png", (320, 200)), ("纸 שלום [red].png", (64, 64))],
)
def test_odd_pictures_have_a_page_and_a_keep_map(tokcomp, tmp_path, name, size):
    picture, page = tmp_path / name, tmp_path / "x.html"
    pixels = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels * (name != "black.png")).save(picture)
    ended = tokcomp("analyze", picture, "--html", page, *QUICK)
    assert ended.code == 0
    assert "Traceback" not in ended.err
    text = page.read_text("utf-8")
    assert 'id="keepmap"' in text
    assert html.escape(name) in text
    assert "nan" not in text.split("<script")[0].split("</style>")[1].lower()


def test_a_clip_of_black_frames_and_one_of_a_single_frame_have_a_page(tokcomp, tmp_path):
    for frames in (1, 12):
        clip, page = tmp_path / f"black{frames}.mp4", tmp_path / f"{frames}.html"
        with av.open(str(clip), "w") as output:
            stream = output.add_stream("libx264", rate=6)
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            for _ in range(frames):
                output.mux(
                    stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 96, 3), np.uint8), "rgb24"))
                )
            output.mux(stream.encode(None))
        ended = tokcomp("analyze", clip, "--html", page, *QUICK)
        assert ended.code == 0, ended.err
        assert "Merged frame 1 of 1" in page.read_text("utf-8")


def test_force_replaces_a_page_but_never_an_input(tokcomp, photo, tmp_path):
    page = tmp_path / "there.html"
    page.write_text("mine")
    assert tokcomp("analyze", photo, "--html", page, "--force", *QUICK).code == 0
    assert page.read_text().startswith("<!doctype html>")
    ended = tokcomp("report", page, "-o", page, "--force")
    assert (ended.code, "is one of the inputs" in ended.err) == (2, True)


def test_a_document_of_a_newer_version_is_refused(tokcomp, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"meta": {"schema": "tokcomp.analysis", "schema_version": 99}}))
    ended = tokcomp("report", path, "-o", tmp_path / "x.html")
    assert (ended.code, "take a newer tokcomp" in ended.err) == (2, True)


def test_a_plot_is_written(tokcomp, photo, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra plot)")
    target = tmp_path / "p.pdf"
    assert tokcomp("budget", photo, "--plot", target, *QUICK).code == 0
    assert target.read_bytes().startswith(b"%PDF")
    ended = tokcomp("analyze", photo, photo, "--plot", tmp_path / "q.pdf", *QUICK)
    assert (ended.code, "--plot draws one file" in ended.err) == (2, True)


def test_an_overlay_is_written_and_a_wrong_name_is_not(tokcomp, photo, tmp_path):
    target = tmp_path / "o.png"
    assert tokcomp("overlay", photo, "--budget", 20, "-o", target, *QUICK).code == 0
    assert target.read_bytes().startswith(b"\x89PNG")
    for arguments, said in (
        ((photo,), "name an output with -o"),
        ((photo, photo, "-o", tmp_path / "p.png"), "an overlay is made of one file"),
        ((photo, "-o", tmp_path / "p.gif"), "-o takes a name that ends in"),
        ((photo, "-o", tmp_path / "p.mp4"), "an overlay of a picture is a picture"),
    ):
        ended = tokcomp("overlay", *arguments, *QUICK)
        assert (ended.code, said in ended.err) == (2, True)


def test_the_first_screen_is_short_and_full_is_not(tokcomp, photo):
    first, full = (tokcomp("analyze", photo, *more, *QUICK).out.splitlines() for more in ((), ("--full",)))
    assert len(first) <= 12
    assert len(full) > 30
    assert any(line.strip().startswith("tokcomp budget ") for line in first)


def test_a_notebook_shows_a_page_that_reaches_nothing(photo, handcrafted):
    import tokcomp_cli as tokcomp

    shown = tokcomp.analyze(str(photo), encoder=handcrafted, budget=20)._repr_html_()
    assert shown.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert 'sandbox="allow-scripts"' in shown
    compared = tokcomp.compare(str(photo), encoder=handcrafted, budget=20, methods="ward,prune")
    assert "tokcomp compare" in compared._repr_html_()
