"""A worker may do to itself what it likes: one file is lost, the rest is done."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tokcomp_cli.batch import crew, member
from tokcomp_cli.batch.crew import Crew
from tokcomp_cli.batch.job import Job, stamp
from tokcomp_cli.batch.record import line_of
from tokcomp_cli.errors import EncoderError, PlanError
from tokcomp_cli.plan.plan import Plan

QUICK = Job(Plan.of(encoder="handcrafted", target=0.9))
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def faulty(monkeypatch):
    monkeypatch.setattr(member, "WORKER", "tests.batch.faulty_worker")
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])


def named(folder, samples, *names):
    for name in names:
        (folder / name).write_bytes((samples / "flower.jpg").read_bytes())
    return [str(folder / name) for name in names]


def test_a_segfault_costs_its_file_and_no_other(faulty, samples, tmp_path):
    paths = named(tmp_path, samples, "good1.jpg", "segfault.jpg", "good2.jpg")
    workers = Crew(QUICK, jobs=1, threads=1)
    try:
        records = [record for record in workers.records(paths) if record is not None]
    finally:
        workers.close()
    assert [record["path"] for record in records] == paths
    assert [record["status"] for record in records] == ["ok", "failed", "ok"]
    assert records[1]["error"]["type"] == "crash"
    assert "SIGSEGV" in records[1]["error"]["message"]


@pytest.mark.slow
def test_each_fault_costs_its_file_and_no_other(faulty, samples, tmp_path):
    faults = {
        "segfault.jpg": ("crash", "SIGSEGV"),
        "hang.jpg": ("timeout", "longer than --timeout 3 s"),
        "freeze.jpg": ("timeout", "longer than --timeout 3 s"),
        "killed.jpg": ("crash", "SIGKILL"),
        "exit.jpg": ("crash", "exit status 7"),
        "memory.jpg": ("memory", "not enough"),
        "bug.jpg": ("unexpected", "ZeroDivisionError"),
        "change.jpg": ("changed", "changed while it was read"),
        "vanish.jpg": ("changed", "removed while it was read"),
    }
    good = [f"good{number}.jpg" for number in range(4)]
    mixed = [*list(faults)[:5], *good, *list(faults)[5:]]
    paths = named(tmp_path, samples, *mixed)
    workers = Crew(QUICK, jobs=2, threads=1, timeout_seconds=3)
    try:
        records = [record for record in workers.records(paths) if record is not None]
        assert workers.current() == []
    finally:
        workers.close()
    assert sorted(record["path"] for record in records) == sorted(paths)
    by_name = {Path(record["path"]).name: record for record in records}
    assert {name for name in by_name if by_name[name]["status"] == "ok"} == set(good)
    for name, (kind, words) in faults.items():
        error = by_name[name]["error"]
        assert error["type"] == kind, (name, error)
        assert words in error["message"]
        assert line_of(by_name[name]).count(b"\n") == 1


@pytest.mark.slow
def test_a_limit_of_memory_is_a_failure_of_the_file(samples, tmp_path):
    (tmp_path / "huge.ppm").write_bytes(b"P6 12000 7000 255\n" + bytes(3 * 12000 * 7000))
    (photo,) = named(tmp_path, samples, "good.jpg")
    workers = Crew(QUICK, jobs=1, threads=1, memory_bytes=1_000_000_000)
    try:
        first, second = [one for one in workers.records([str(tmp_path / "huge.ppm"), photo]) if one]
    finally:
        workers.close()
    assert first["error"]["type"] == "memory"
    assert second["status"] == "ok"


def test_an_encoder_that_is_not_there_is_refused_at_once():
    with pytest.raises(PlanError, match="unknown encoder 'nothing'"):
        Crew(Job(Plan.of(encoder="nothing")), jobs=1)


def test_workers_that_never_come_up_are_not_started_for_ever(faulty, monkeypatch):
    monkeypatch.setattr(member, "WORKER", "tests.batch.no_such_module")
    start = time.monotonic()
    with pytest.raises(EncoderError, match=r"exit status 1.* 3 times in a row"):
        Crew(QUICK, jobs=1)
    assert time.monotonic() - start < 10


def test_cores_and_memory_are_shared_out_and_workers_end(monkeypatch):
    monkeypatch.setattr(crew, "cores", lambda: 8)
    workers = Crew(QUICK, jobs=3)
    try:
        assert (workers.jobs, workers.threads) == (3, 2)
        monkeypatch.setattr(crew, "available_bytes", lambda: 10**9)
        held = workers._members[0].resident_bytes()
        assert held > 10**8
        assert workers._fitting() == 1 + 10**9 // (held + crew.FRAMES_BYTES)
        number = workers._members[0]._process.pid
        assert Path(f"/proc/{number}").exists()
    finally:
        workers.close()
    assert not Path(f"/proc/{number}").exists()


def test_a_job_is_the_same_on_the_other_side_of_a_pipe(handcrafted):
    import json

    plan = Plan.of(encoder="handcrafted", budget="25%", layer_keep=(1, 0.5, 0.5, 0.25), query="why?")
    job = Job(plan.but(resolution=(224, 448)), maps=True, save=os.fsdecode(b"\xff"))
    assert Job.of_message(json.loads(json.dumps(job.message()))) == job
    other = Job(Plan.of(encoder="handcrafted", budget="26%"))
    hashes = {stamp(one, handcrafted.facts).settings_sha256 for one in (job, other, QUICK)}
    assert len(hashes) == 3


@pytest.mark.slow
def test_one_encoder_serves_many_workers(samples, tmp_path):
    paths = named(tmp_path, samples, "a.jpg", "b.jpg", "c.jpg")
    found = []
    for shared in (False, True):
        workers = Crew(QUICK, jobs=2, threads=1, shared=shared)
        try:
            records = [record for record in workers.records(paths) if record is not None]
        finally:
            workers.close()
        found.append(
            [{**record, "timings_ms": None} for record in sorted(records, key=lambda one: one["path"])]
        )
    assert [record["status"] for record in found[0]] == ["ok"] * 3
    assert found[0] == found[1]


@pytest.mark.slow
def test_an_encoder_that_ends_is_told(samples, tmp_path):
    workers = Crew(QUICK, jobs=1, threads=1, shared=True)
    try:
        os.kill(workers._host._member._process.pid, signal.SIGKILL)
        with pytest.raises(EncoderError, match=r"its process was ended by SIGKILL; go on with --resume"):
            list(workers.records(named(tmp_path, samples, "a.jpg", "b.jpg")))
    finally:
        workers.close()
