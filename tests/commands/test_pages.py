"""Pages, plots and overlays from the command line."""

import json

import pytest

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
