"""The output lasts: whatever cuts it short, whole lines stay and nothing else is touched."""

import json
import os
import resource
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.batching.conftest import failure, lines
from tokcomp_cli.batching.jsonl_writer import JsonlWriter
from tokcomp_cli.batching.record import line_of
from tokcomp_cli.errors import PlanError

RECORDS = [failure(f"{name}.jpg") for name in "abc"]
WHOLE = b"".join(map(line_of, RECORDS))


def test_what_is_written_is_read_again(tmp_path):
    with JsonlWriter(tmp_path / "out.jsonl") as writer:
        for record in RECORDS:
            writer.append(record)
            assert (tmp_path / "out.jsonl").read_bytes().endswith(line_of(record))
        assert list(writer) == RECORDS


@given(st.integers(0, len(WHOLE)))
def test_a_torn_last_line_goes_and_all_others_stay(tmp_path_factory, cut):
    path = tmp_path_factory.getbasetemp() / "torn.jsonl"
    path.write_bytes(WHOLE[:cut])
    with JsonlWriter(path) as writer:
        kept = list(writer)
        writer.cut_torn_line()
        assert kept == RECORDS[: WHOLE[:cut].count(b"\n")]
        writer.append(RECORDS[0])
    assert lines(path) == [*kept, RECORDS[0]]


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0 a photo", b'{"a": 1}\n', b"[]\n", WHOLE + b"a,b\n"])
def test_a_file_that_is_none_of_ours_is_refused_and_left_alone(tmp_path, content):
    (tmp_path / "out.jsonl").write_bytes(content)
    with (
        JsonlWriter(tmp_path / "out.jsonl") as writer,
        pytest.raises(PlanError),
    ):
        list(writer)
    assert (tmp_path / "out.jsonl").read_bytes() == content


def test_lines_left_out_leave_the_others_byte_for_byte(tmp_path):
    (tmp_path / "out.jsonl").write_bytes(WHOLE)
    with JsonlWriter(tmp_path / "out.jsonl") as writer:
        writer.delete({1})
        with pytest.raises(PlanError):
            JsonlWriter(tmp_path / "out.jsonl")
        writer.append(RECORDS[1])
    assert (tmp_path / "out.jsonl").read_bytes() == b"".join(line_of(RECORDS[i]) for i in (0, 2, 1))
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_two_batches_on_one_output_are_refused(tmp_path):
    with JsonlWriter(tmp_path / "out.jsonl") as writer:
        with pytest.raises(PlanError):
            JsonlWriter(tmp_path / "out.jsonl")
        writer.append(RECORDS[0])
    JsonlWriter(tmp_path / "out.jsonl").close()


def test_an_output_left_empty_goes_away_unless_it_was_there(tmp_path):
    JsonlWriter(tmp_path / "new.jsonl").close()
    (tmp_path / "old.jsonl").write_bytes(b"")
    JsonlWriter(tmp_path / "old.jsonl").close()
    assert [path.name for path in tmp_path.iterdir()] == ["old.jsonl"]


def test_places_that_cannot_be_written(tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    for name, says in (
        ("nowhere/out.jsonl", "No such file"),
        ("folder.jsonl", "directory"),
        ("pipe.jsonl", "pipe"),
    ):
        with pytest.raises(PlanError, match=says):
            JsonlWriter(tmp_path / name)


def test_a_full_disk_leaves_whole_lines(tmp_path):
    """The size limit of a process stands in for the end of the disk."""
    code = """if True:
        import sys
        from pathlib import Path
        from tests.batching.test_jsonl_writer import RECORDS, JsonlWriter
        from tokcomp_cli.errors import OutputError
        with JsonlWriter(Path(sys.argv[1])) as writer:
            try:
                for _ in range(9): writer.append(RECORDS[0])
            except OutputError: print("full")
    """
    room = int(2.5 * len(line_of(RECORDS[0])))
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out.jsonl")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
    )
    assert ended.stdout == "full\n"
    assert (tmp_path / "out.jsonl").read_bytes() == 2 * line_of(RECORDS[0])
    assert json.loads(line_of(RECORDS[0]))["status"] == "failed"
