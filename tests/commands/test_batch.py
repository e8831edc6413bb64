import csv
import json
import os
from pathlib import Path

import pytest

from tests.batching.conftest import broken, lines, success  # noqa: F401 a fixture
from tokcomp_cli.batching.record import line_of

QUICK = ("--encoder", "handcrafted", "-j", 1)


def test_a_folder_with_broken_files_from_start_to_resume(tokcomp, broken, tmp_path):  # noqa: F811
    out, figures = tmp_path / "out.jsonl", tmp_path / "summary.json"
    ended = tokcomp("batch", "-r", broken, "-o", out, "--summary", figures, *QUICK)
    assert ended.code == 3
    assert ended.out == ""
    assert "5: 2 ok, 3 failed (3 media)" in ended.err
    first = lines(out)
    odd = os.fsdecode(b"deep/two\nlines \xff[red].png")
    names = ["deep/" + odd.removeprefix("deep/"), "empty.jpg", "flower.jpg", "gone.png", "letter.mp4"]
    assert sorted(record["path"] for record in first) == sorted(str(broken / name) for name in names)
    assert {record["path"] for record in first if record["status"] == "ok"} == {
        str(broken / odd), str(broken / "flower.jpg"),
    }  # fmt: skip
    summary = json.loads(figures.read_text())
    assert summary["files"] == {"requested": 5, "ok": 2, "failed": 3, "skipped": 0, "left": 0}
    assert summary["tokens"]["original"] == 2 * 196
    assert summary["budgets"][0]["kind"] == "pictures"

    letter = broken / "letter.mp4"
    letter.write_bytes((broken / "flower.jpg").read_bytes())
    os.truncate(out, out.stat().st_size - 40)
    torn = lines_whole(out)
    ended = tokcomp("batch", "-r", broken, "-o", out, "--resume", "--json", *QUICK)
    assert ended.code == 3
    again = lines(out)
    assert sorted(record["path"] for record in again) == sorted(record["path"] for record in first)
    stands = [record for record in torn if record["path"] != str(letter)]
    assert again[: len(stands)] == stands
    assert ended.document["files"] == {
        "requested": 5,
        "ok": 3,
        "failed": 2,
        "skipped": len(stands),
        "left": 0,
    }

    before = out.read_bytes()
    ended = tokcomp("batch", "-r", broken, "-o", out, "--resume", "--quiet", *QUICK)
    assert (ended.code, ended.out, ended.err) == (3, "", "")
    assert out.read_bytes() == before


def lines_whole(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def test_a_line_is_the_analysis_and_what_it_was_made_of(tokcomp, samples, tmp_path):
    photo = samples / "coffee.png"
    alone = tokcomp("analyze", photo, "--json", "--maps", "--encoder", "handcrafted").document
    ended = tokcomp("batch", photo, "-o", "-", "--maps", "--save", tmp_path, *QUICK)
    assert ended.code == 0
    (line,) = ended.out.splitlines()
    record = json.loads(line)
    assert list(record)[:4] == ["path", "status", "batch", "meta"]
    assert list(record)[-1] == "timings_ms"
    for name in alone.keys() - {"timings_ms", "plan", "verdict", "nested"}:
        assert record[name] == alone[name], name
    assert set(record["nested"]["tokens"]) >= set(alone["nested"]["tokens"])  # and the recommended count
    assert record["plan"] == alone["plan"] | {"target": 0.995}
    assert record["batch"]["size_bytes"] == photo.stat().st_size
    assert record["recommended"]["explained"] >= 0.9
    assert Path(record["saved"]).is_file()


def test_a_table_is_made_of_the_lines(tokcomp, samples, tmp_path):
    out = tmp_path / "out.csv"
    ended = tokcomp("batch", samples / "flower.jpg", tmp_path / "gone.jpg", "-o", out, *QUICK)
    assert ended.code == 3
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    records = lines(tmp_path / "out.csv.jsonl")
    assert [row["path"] for row in rows] == [record["path"] for record in records]
    assert rows[0]["explained"] == str(records[0]["fidelity"]["explained"])
    assert tokcomp("batch", samples / "flower.jpg", "-o", out, *QUICK).code == 2


@pytest.mark.slow
def test_all_failed_and_too_little_kept(tokcomp, samples, tmp_path):
    assert tokcomp("batch", tmp_path / "gone.jpg", "-o", "-", "-q", *QUICK).code == 1
    photo = samples / "coffee.png"
    ended = tokcomp("batch", photo, "-o", "-", "-q", "--budget", 1, "--fail-under", 0.9, *QUICK)
    assert ended.code == 4


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["x.jpg"], "name an output with -o"),
        (["-o", "-"], "no file is there to do"),
        (["x.jpg", "-o", "x.jpg"], "takes a name that ends in .jsonl"),
        (["x.jpg", "-o", "nowhere/out.jsonl"], "No such file or directory"),
        ([".", "-o", "-"], "'.' is a folder"),
        (["x.jpg", "-o", "-", "--resume"], "go on with a file"),
        (["x.jpg", "-o", "-", "--json"], "take one"),
        (["x.jpg", "-o", "-", "-0"], "add --files-from"),
        (["x.jpg", "-o", "-", "-j", "0"], "--jobs takes a number above 0"),
        (
            ["x.jpg", "-o", "-", "--decode-timeout", "nan"],
            "--decode-timeout takes a number of seconds above 0",
        ),
        (["x.jpg", "-o", "-", "--engine", "rey"], "did you mean 'ray'"),
        (["x.jpg", "-o", "-", "--ray-gpus", "1"], "go with --engine ray"),
        (["x.jpg", "-o", "-", "--save", "nowhere"], "--save takes an existing folder"),
        (["x.jpg", "-o", "-", "--summary", "nowhere/s.json"], "there is no such folder"),
        (["x.jpg", "-o", "-", "--target", "2"], "--target takes a share above 0"),
    ],
)
def test_wrong_usage_is_one_sentence(tokcomp, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    ended = tokcomp("batch", *arguments)
    assert ended.code == 2
    assert says in ended.err
    assert "Traceback" not in ended.err
    assert list(tmp_path.iterdir()) == []


def test_results_are_not_written_over(tokcomp, samples, tmp_path):
    (tmp_path / "out.jsonl").write_bytes(line_of(success("a.jpg")))
    ended = tokcomp("batch", samples / "flower.jpg", "-o", tmp_path / "out.jsonl", *QUICK)
    assert ended.code == 2
    assert "holds results already" in ended.err


def test_summarize_is_a_page_and_a_document(tokcomp, tmp_path):
    records = [success("x/[red]a.jpg", explained=0.5, recommended=None), success("y/b\n.jpg")]
    (tmp_path / "out.jsonl").write_bytes(b"".join(map(line_of, records)) + b'{"path": "torn')
    ended = tokcomp("summarize", tmp_path / "out.jsonl")
    assert ended.code == 0
    assert "x/[red]a.jpg: only 0.500 of the content is kept; no budget reaches 0.9" in ended.out
    assert "y" in ended.out
    found = tokcomp("summarize", tmp_path / "out.jsonl", "--json").document
    assert found["meta"]["schema"] == "tokcomp.summary"
    assert found["budgets"][0]["unreached"] == 1
    assert [folder["folder"] for folder in found["folders"]] == ["x", "y"]


@pytest.mark.parametrize(
    ("content", "says"), [(None, "cannot read"), (b"", "no record"), (b"x\n", "line 1 is none")]
)
def test_summarize_refuses_what_is_no_output(tokcomp, tmp_path, content, says):
    if content is not None:
        (tmp_path / "out.jsonl").write_bytes(content)
    ended = tokcomp("summarize", tmp_path / "out.jsonl")
    assert ended.code == 2
    assert says in ended.err


@pytest.mark.parametrize("value", ["nan", "2"])
def test_a_fail_under_that_cannot_be_is_refused(tokcomp, samples, tmp_path, value):
    ended = tokcomp(
        "batch", samples / "coffee.png", "-o", tmp_path / "x.jsonl", f"--fail-under={value}", *QUICK
    )
    assert ended.code == 2
    assert "--fail-under takes" in ended.err


def test_a_summary_overwrites_nothing_but_a_summary(tokcomp, samples, tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes((samples / "coffee.png").read_bytes())
    note = tmp_path / "note.json"
    note.write_text("{}")
    for summary, word in (
        (photo, "ends in .json"),
        (tmp_path / "x.jsonl", "ends in .json"),
        (note, "no summary"),
    ):
        ended = tokcomp("batch", photo, "-o", tmp_path / "x.jsonl", "--summary", summary, *QUICK)
        assert ended.code == 2
        assert word in ended.err
    assert note.read_text() == "{}"
    assert photo.read_bytes() == (samples / "coffee.png").read_bytes()
    mine = tmp_path / "mine.json"
    for _ in range(2):
        assert (
            tokcomp("batch", photo, "-o", tmp_path / "y.jsonl", "--resume", "--summary", mine, *QUICK).code
            == 0
        )
    assert json.loads(mine.read_text())["meta"]["schema"] == "tokcomp.summary"


def test_a_table_that_no_batch_made_is_never_overwritten(tokcomp, samples, tmp_path):
    table = tmp_path / "user.csv"
    table.write_text("x,y\n")
    for more in ((), ("--resume",)):
        ended = tokcomp("batch", samples / "coffee.png", "-o", table, *more, *QUICK)
        assert ended.code == 2
        assert "name another output" in ended.err
    assert table.read_text() == "x,y\n"


def test_the_difference_of_settings_names_only_what_differs(tokcomp, samples, tmp_path):
    output = tmp_path / "x.jsonl"
    assert tokcomp("batch", samples / "coffee.png", "-o", output, *QUICK).code == 0
    ended = tokcomp("batch", samples / "coffee.png", "-o", output, "--resume", "--seed", "4", *QUICK)
    assert ended.code == 2
    assert "(seed 0, now 4)" in ended.err


def test_a_name_that_is_not_utf8_leaves_the_csv_readable(tokcomp, samples, tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xff.png")
    Path(odd).write_bytes((samples / "coffee.png").read_bytes())
    assert tokcomp("batch", odd, "-o", tmp_path / "x.csv", *QUICK).code == 0
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["path"].endswith("caf\\xff.png")


def test_summarize_counts_a_file_once_and_tells_of_a_torn_line(tokcomp, samples, tmp_path):
    whole, torn = tmp_path / "whole.jsonl", tmp_path / "torn.jsonl"
    photos = [samples / "coffee.png", samples / "flower.jpg"]
    assert tokcomp("batch", *photos, "-o", whole, *QUICK).code == 0
    twice = tokcomp("summarize", whole, whole, "--json")
    assert twice.document["files"]["ok"] == 2
    assert "2 more records are of files that were counted already" in twice.err
    torn.write_bytes(whole.read_bytes()[:-100])
    ended = tokcomp("summarize", torn, "--json")
    assert ended.document["files"]["ok"] == 1
    assert "is torn and left out" in ended.err
