import json
import shutil

import pytest


@pytest.fixture
def folder(samples, tmp_path):
    for name in ("coffee.png", "chelsea.png", "flower.jpg", "text.png"):
        shutil.copy(samples / name, tmp_path / name)
    (tmp_path / "deep").mkdir()
    shutil.copy(samples / "typewriter.png", tmp_path / "deep" / "[red]page.png")
    return tmp_path


def test_a_folder_gets_one_budget_and_each_file_its_need(tokcomp, folder):
    found = tokcomp("budget", folder, "-r", "--json", "--encoder", "embedded").document
    assert found["meta"]["schema"] == "tokcomp.budgets"
    summary, results = found["summary"], found["results"]
    assert [entry["path"] for entry in summary["files"]] == [entry["path"] for entry in results]
    assert [entry["needed"] for entry in summary["files"]] == [
        entry["recommended"]["tokens"] for entry in results
    ]
    fixed, adaptive = summary["fixed"], summary["adaptive"]
    assert fixed["interval"][0] <= fixed["tokens_per_merged_frame"] <= fixed["interval"][1]
    assert fixed["explained"] >= 0.9
    assert adaptive["total"] <= fixed["total"]
    assert adaptive["total"] == sum(entry["adaptive"] for entry in summary["files"])
    assert summary["needed_tokens"] == sum(entry["needed"] for entry in summary["files"])


def test_what_the_cut_gives_a_file_is_what_that_file_keeps_with_it(tokcomp, folder):
    summary = tokcomp("budget", folder, "-r", "--total", 150, "--json").document["summary"]
    assert summary["adaptive"]["total"] == 150
    for entry in summary["files"]:
        alone = tokcomp(
            "analyze", entry["path"], "--budget", entry["adaptive"], "--spatial-ratio", "1", "--json"
        )
        assert alone.document["fidelity"]["explained"] == pytest.approx(entry["explained_adaptive"], abs=1e-5)


def test_an_unreadable_file_is_told_and_the_rest_is_answered(tokcomp, folder):
    (folder / "broken.png").write_bytes(b"no picture")
    ended = tokcomp("budget", folder, "-r", "--json")
    assert ended.code == 3
    assert "broken.png" in ended.err
    assert len(ended.document["summary"]["files"]) == 5
    failed = [entry for entry in ended.document["results"] if entry["status"] == "failed"]
    assert [entry["path"] for entry in failed] == [str(folder / "broken.png")]


def test_only_unreadable_files_are_exit_1_with_no_summary(tokcomp, tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"no picture")
    ended = tokcomp("budget", tmp_path, "-r", "--json")
    assert ended.code == 1
    assert ended.document["summary"] is None


def test_the_page_names_every_file_and_the_verdict(tokcomp, folder):
    page = tokcomp("budget", folder, "-r").out
    assert "Budgets" in page
    assert "fixed, mean" in page
    assert "[red]page.png" in page
    assert "tokens a picture keep" in " ".join(page.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--total", "0", "-r"], "at least 1"),
        (["--total", "4", "-r"], "below the 5 merged frames"),
        ([], "is a folder; add --recursive"),
        (["-r", "--target", "1.5"], "--target takes"),
        (["-r", "--query", " "], "--query is empty"),
        (["-r", "--fps", "nan"], "--fps takes a number above 0"),
        (["-r", "--budget", "5"], "--budget is for one file"),
        (["-r", "--tiers", "49x1"], "tiers take tokens after the budget"),
        (["--match", "*.png"], "add -r"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_2(tokcomp, folder, arguments, sentence):
    ended = tokcomp("budget", folder, *arguments)
    assert ended.code == 2
    assert sentence in ended.err
    assert ended.out == ""


def test_a_total_needs_several_files(tokcomp, samples):
    ended = tokcomp("budget", samples / "coffee.png", "--total", "50")
    assert ended.code == 2
    assert "and one is there; use --budget N" in ended.err


def test_a_folder_without_files_is_refused(tokcomp, tmp_path):
    ended = tokcomp("budget", tmp_path, "-r")
    assert ended.code == 2
    assert "no file is there to do" in ended.err


def test_a_process_answers_a_folder_with_one_document(process, folder):
    ended = process("budget", folder, "-r", "--json", "--quiet", "--encoder", "handcrafted")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["summary"]["fixed"]["tokens_per_merged_frame"] >= 1
