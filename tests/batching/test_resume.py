import os
from dataclasses import replace

import pytest

from tests.batching.conftest import SETTINGS, failure, success
from tokcomp_cli.batching.jsonl_writer import JsonlWriter
from tokcomp_cli.batching.record import line_of
from tokcomp_cli.batching.resume import remaining
from tokcomp_cli.errors import PlanError

OTHER = {"budget": "64", "fps": 2.0}


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def left(folder, records, paths, settings=SETTINGS, **options):
    (folder / "out.jsonl").write_bytes(b"".join(map(line_of, records)))
    with JsonlWriter(folder / "out.jsonl") as output:
        return remaining(output, paths, settings, **{"retry_failed": False, **options})


def test_what_stands_is_skipped_and_what_is_of_others_stays(files):
    found = left(
        files, [success("a.jpg"), failure("b.jpg"), success("other.jpg")], ["./a.jpg", "b.jpg", "c.jpg"]
    )
    assert found.pending == ["c.jpg"]
    assert found.valid == {0, 1}
    assert found.stale == set()


def test_a_file_that_changed_is_done_again(files):
    records = [success("a.jpg"), success("b.jpg"), success("c.jpg")]
    (files / "a.jpg").write_bytes(b"xy")
    os.utime(files / "b.jpg", (0, 0))
    (files / "c.jpg").unlink()
    found = left(files, records, ["a.jpg", "b.jpg", "c.jpg"])
    assert found.pending == ["a.jpg", "b.jpg", "c.jpg"]
    assert found.stale == {0, 1, 2}


def test_failures_are_tried_again_on_demand(files):
    found = left(files, [success("a.jpg"), failure("b.jpg")], ["a.jpg", "b.jpg"], retry_failed=True)
    assert (found.pending, found.valid, found.stale) == (["b.jpg"], {0}, {1})


def test_of_a_path_that_comes_twice_the_last_line_stands(files):
    found = left(files, [failure("a.jpg"), success("a.jpg")], ["a.jpg"])
    assert (found.pending, found.valid, found.stale) == ([], {1}, {0})


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (replace(SETTINGS, settings=OTHER, settings_sha256="c"), "budget auto, now 64; fps unset, now 2.0"),
        (replace(SETTINGS, weights_sha256="d" * 64), "other weights .sha256 bbbbbbbbbbbb, now dddddddddddd"),
    ],
)
def test_other_settings_or_weights_are_refused_and_named(files, settings, says):
    with pytest.raises(PlanError, match=says):
        left(files, [success("a.jpg")], ["a.jpg"], settings)


def test_another_schema_is_refused(files):
    record = success("a.jpg") | {"meta": {"schema_version": 1}}
    with pytest.raises(PlanError, match="schema version 1, this tokcomp writes 2"):
        left(files, [record], ["a.jpg"])
