import numpy as np
import pytest
from PIL import Image

QUICK = ("--encoder", "handcrafted")
pytestmark = pytest.mark.usefixtures("without_ocr")


@pytest.fixture
def folder(tmp_path):
    """Twelve pictures with more and more squares on them, and one file that is none."""
    place = tmp_path / "mine[bold]"
    place.mkdir()
    generator = np.random.default_rng(0)
    for number in range(12):
        picture = np.full((96, 96, 3), 120, np.uint8)
        for _ in range(4 * number):
            y, x = generator.integers(0, 84, 2)
            picture[y : y + 12, x : x + 12] = generator.integers(0, 256, 3)
        Image.fromarray(picture).save(place / f"{number:02}.png")
    (place / "notes.txt").write_text("no picture")
    return place


def test_the_document_names_each_signal_with_its_interval(tokcomp, folder):
    ended = tokcomp("budget", "--calibrate", folder, "--json", *QUICK)
    found = ended.document
    assert ended.code == 0
    assert found["meta"]["schema"] == "tokcomp.predictors"
    assert (found["files"], len(found["passed_over"])) == (12, 1)
    assert "notes.txt" in ended.err
    strengths = [abs(one["correlation"]["mean"]) for one in found["predictors"]]
    assert strengths == sorted(strengths, reverse=True)
    names = {one["signal"] for one in found["predictors"]}
    assert {"edge", "colour", "objects", "effective_rank", "variety", "note's score"} <= names
    assert "text likelihood" not in names
    for one in found["predictors"]:
        assert one["correlation"]["low"] <= one["correlation"]["mean"] <= one["correlation"]["high"]
        assert one["files"] == 12
    assert found["cuts"] == sorted(found["cuts"])


def test_the_page_shows_the_table_and_the_bands(tokcomp, folder):
    ended = tokcomp("budget", "--calibrate", folder, *QUICK)
    assert ended.code == 0
    assert "mine[bold]" in "".join(ended.out.replace("│", "").split())
    for word in ("heuristic score", "variety", "medium at", "--difficulty-cuts", "1 file skipped"):
        assert word in ended.out


@pytest.mark.parametrize("rule", ["note", "measured"])
def test_what_is_written_to_the_config_is_in_force_afterwards(tokcomp, folder, rule):
    options = ("--difficulty", rule, "--json", *QUICK)
    ended = tokcomp("budget", "--calibrate", folder, "--write-config", *options)
    assert ended.code == 0
    assert "wrote " in ended.err
    wanted = ended.document
    found = tokcomp("budget", folder / "05.png", "--json", *QUICK).document["difficulty"]
    if rule == "note":
        assert found["cuts"] == pytest.approx(wanted["cuts"])
        assert found["rule"] == "note"
    else:
        assert found["rule"] == wanted["settings"]["difficulty"]
        assert found["cuts"] == [0.3, 0.6, 0.85]


def test_fewer_than_ten_files_are_refused(tokcomp, folder):
    for number in range(3):
        (folder / f"{number:02}.png").write_bytes(b"torn")
    ended = tokcomp("budget", "--calibrate", folder, *QUICK)
    assert ended.code == 2
    assert "at least 10 pictures or clips" in ended.err
    assert "holds 9 besides 4 that cannot be read" in ended.err
    assert ended.err.count("\n") == 1
    (folder / "notes.txt").unlink()
    for number in range(3):
        (folder / f"{number:02}.png").unlink()
    assert "holds 9:" in tokcomp("budget", "--calibrate", folder, *QUICK).err


@pytest.mark.parametrize(
    ("extra", "named"),
    [(("a.png",), "paths"), (("--query", "why?"), "--query"), (("--total", "9"), "--total")],
)
def test_what_is_about_single_files_is_refused(tokcomp, folder, extra, named):
    ended = tokcomp("budget", *extra, "--calibrate", folder, *QUICK)
    assert ended.code == 2
    assert f"leave out {named}" in ended.err


def test_a_folder_that_is_none_is_refused(tokcomp, tmp_path):
    ended = tokcomp("budget", "--calibrate", tmp_path / "missing", *QUICK)
    assert (ended.code, "expected a folder" in ended.err) == (2, True)


@pytest.mark.parametrize("rule", ["note", "measured"])
def test_files_that_are_all_alike_give_nothing_to_keep(tokcomp, tmp_path, rule):
    for number in range(10):
        Image.new("RGB", (64, 64), (number, number, number)).save(tmp_path / f"{number}.png")
    ended = tokcomp("budget", "--calibrate", tmp_path, "--write-config", "--difficulty", rule, *QUICK)
    assert ended.code == 2
    assert "nothing to keep" in ended.err
    assert "goes with them most" not in ended.out
