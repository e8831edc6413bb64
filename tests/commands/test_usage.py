"""Wrong usage is one sentence on stderr, in one style, that says what to type."""

import pytest


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["photo.jpg"], "tokcomp analyze photo.jpg?"),
        (["my photo.jpg"], "tokcomp analyze 'my photo.jpg'?"),
        (["{samples}/coffee.png"], "tokcomp analyze {samples}/coffee.png?"),
        (["{samples}"], "tokcomp budget -r {samples}?"),
        (["analyse", "x.jpg"], "'analyze'"),
        (["models", "lst"], "'list'"),
        (["methods", "shw"], "'show'"),
        (["analyze", "--buget", "3"], "'--budget'"),
        (["analyze", "x.jpg", "--layers", "many"], "--layers takes a whole number; got 'many'"),
        (["analyze", "x.jpg", "--threshold", "high"], "--threshold takes a number; got 'high'"),
        (["models", "info"], "tokcomp models info -h"),
        (["models", "pull", "a", "b"], "tokcomp models pull -h"),
        (["batch", "x", "--jobs"], "--jobs"),
        (["--verson"], "'--version'"),
    ],
)
def test_what_the_command_line_does_not_know(tokcomp, samples, arguments, advice):
    ended = tokcomp(*(one.format(samples=samples) for one in arguments))
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith("error: ")
    assert ended.err.count("\n") == 1
    assert advice.format(samples=samples) in ended.err


@pytest.mark.parametrize("command", [["analyze"], ["compare"], ["probe"], ["ask"], ["budget"]])
@pytest.mark.parametrize(("path", "advice"), [("{folder}", "-r"), ("-", "batch"), ("*.jpg", "batch")])
def test_a_path_that_is_no_file_names_the_command_that_takes_it(tokcomp, tmp_path, command, path, advice):
    more = ["why?", "--vlm", "none"] if command == ["ask"] else []
    ended = tokcomp(*command, path.format(folder=tmp_path), *more)
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert advice in ended.err


def test_a_folder_among_files_fails_alone(tokcomp, samples):
    ended = tokcomp("probe", samples / "coffee.png", samples, "--json")
    assert ended.code == 3
    assert [one["status"] for one in ended.document["results"]] == ["ok", "failed"]
    assert "batch -r" in ended.document["results"][1]["error"]["message"]


def test_a_file_whose_name_looks_like_a_pattern_is_read(tokcomp, samples, tmp_path):
    odd = tmp_path / "a[1]*.png"
    odd.write_bytes((samples / "coffee.png").read_bytes())
    assert tokcomp("probe", odd).code == 0
