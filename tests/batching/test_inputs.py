import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcomp_cli.batching.inputs import gather, read_list
from tokcomp_cli.errors import PlanError


def names(paths, folder):
    return [os.fsencode(os.path.relpath(path, folder)) for path in paths]


def test_a_folder_is_walked_in_order_without_hidden_files_and_loops(broken):
    found = gather([str(broken)], recursive=True)
    assert names(found, broken) == [
        b"empty.jpg", b"flower.jpg", b"gone.png", b"letter.mp4", b"deep/two\nlines \xff[red].png",
    ]  # fmt: skip


def test_a_folder_needs_the_option(broken):
    with pytest.raises(PlanError, match="`recursive`"):
        gather([str(broken)])


def test_names_may_be_chosen(broken):
    found = gather([str(broken)], recursive=True, match=["*.jpg", "l*"])
    assert names(found, broken) == [b"empty.jpg", b"flower.jpg", b"letter.mp4"]


def test_patterns_files_and_what_is_not_there(broken):
    odd = broken / "[x].jpg"
    odd.write_bytes(b"")
    found = gather([str(odd), str(broken / "**/*.png"), str(broken / "*.avi")])
    assert names(found, broken) == [b"[x].jpg", b"deep/two\nlines \xff[red].png", b"gone.png", b"*.avi"]


def test_each_file_once_however_it_is_written(broken, monkeypatch):
    monkeypatch.chdir(broken)
    assert gather(["flower.jpg", "./flower.jpg", "deep/../flower.jpg"], listed=["flower.jpg"]) == [
        "flower.jpg"
    ]


def test_what_the_batch_writes_is_no_input(broken):
    (broken / "out.jsonl").write_text("")
    found = gather([str(broken)], recursive=True, match=["*.jsonl"], excluded=[str(broken / "out.jsonl")])
    assert found == []


@given(st.lists(st.binary(min_size=1, max_size=8).filter(lambda name: b"\0" not in name), max_size=6))
def test_any_name_survives_a_list_of_zero_bytes(tmp_path_factory, raw):
    source = tmp_path_factory.getbasetemp() / "list"
    source.write_bytes(b"".join(name + b"\0" for name in raw))
    assert [os.fsencode(path) for path in read_list(str(source), null=True)] == raw


def test_a_list_of_lines(tmp_path):
    (tmp_path / "list").write_bytes(b"a b.jpg\r\n\n\xff*.png")
    assert read_list(str(tmp_path / "list"), null=False) == ["a b.jpg", os.fsdecode(b"\xff*.png")]


@pytest.mark.parametrize(("content", "cause"), [(None, "No such file"), (b"a\0b\0", "`null`")])
def test_a_list_that_cannot_be_read(tmp_path, content, cause):
    if content is not None:
        (tmp_path / "list").write_bytes(content)
    with pytest.raises(PlanError, match=cause):
        read_list(str(tmp_path / "list"), null=False)
