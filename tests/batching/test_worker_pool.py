"""Whatever a worker does to itself, one file is lost and the rest is done."""

import errno
import json
import os
import signal
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tokcomp_cli.batching import worker_pool, worker_process
from tokcomp_cli.batching.job import Job, settings_hash
from tokcomp_cli.batching.record import line_of, reason_of
from tokcomp_cli.batching.worker_main import analyse
from tokcomp_cli.batching.worker_pool import WorkerPool
from tokcomp_cli.batching.worker_process import ProcessExit, WorkerProcess
from tokcomp_cli.errors import EncoderError, OutputError, PlanError
from tokcomp_cli.plan.plan import Plan

QUICK = Job(Plan.of(encoder="handcrafted", target=0.9))
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def faulty(monkeypatch):
    monkeypatch.setattr(worker_process, "WORKER", "tests.batching.faulty_worker")
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])


def named(folder, samples, *names):
    for name in names:
        (folder / name).write_bytes((samples / "flower.jpg").read_bytes())
    return [str(folder / name) for name in names]


def records_of(paths, **settings):
    with closing(WorkerPool(QUICK, threads=1, **settings)) as pool:
        records = [record for record in pool.records(paths) if record is not None]
        assert pool.current() == []
    return records


def test_a_segfault_costs_its_file_and_no_other(faulty, samples, tmp_path):
    paths = named(tmp_path, samples, "good1.jpg", "segfault.jpg", "good2.jpg")
    records = records_of(paths, jobs=1)
    assert [record["path"] for record in records] == paths
    assert [record["status"] for record in records] == ["ok", "failed", "ok"]
    assert records[1]["error"]["type"] == "crash"


@pytest.mark.slow
def test_each_fault_costs_its_file_and_no_other(faulty, samples, tmp_path):
    faults = {
        "segfault.jpg": "crash",
        "hang.jpg": "timeout",
        "freeze.jpg": "timeout",
        "killed.jpg": "crash",
        "exit.jpg": "crash",
        "memory.jpg": "memory",
        "bug.jpg": "unexpected",
        "change.jpg": "changed",
        "vanish.jpg": "changed",
    }
    good = [f"good{number}.jpg" for number in range(4)]
    paths = named(tmp_path, samples, *list(faults)[:5], *good, *list(faults)[5:])
    records = records_of(paths, jobs=2, timeout_seconds=3)
    assert sorted(record["path"] for record in records) == sorted(paths)
    causes = {Path(one["path"]).name: one["error"]["type"] for one in records if one["status"] == "failed"}
    assert causes == faults
    assert all(line_of(record).count(b"\n") == 1 for record in records)


def test_the_exit_of_a_worker_tells_the_cause():
    crashes = [
        ProcessExit(status, for_memory=False) for status in (7, -signal.SIGSEGV, -signal.SIGKILL, None)
    ]
    assert [one.reason.type for one in crashes] == ["crash"] * 4
    assert [str(one).split()[-1] for one in crashes] == ["7", "SIGSEGV", "SIGKILL", "point"]
    assert all(one.reason.message.startswith(f"{one} ") for one in crashes)
    assert ProcessExit(-signal.SIGKILL, for_memory=True).reason.type == "memory"


@pytest.mark.slow
def test_a_memory_limit_is_a_failure_of_the_file(samples, tmp_path):
    (tmp_path / "huge.ppm").write_bytes(b"P6 12000 7000 255\n" + bytes(3 * 12000 * 7000))
    (photo,) = named(tmp_path, samples, "good.jpg")
    first, second = records_of([str(tmp_path / "huge.ppm"), photo], jobs=1, memory_bytes=1_000_000_000)
    assert first["error"]["type"] == "memory"
    assert second["status"] == "ok"


def test_a_memory_limit_below_the_encoder_is_an_error_of_the_batch():
    with pytest.raises(EncoderError):
        WorkerPool(QUICK, jobs=1, memory_bytes=1_000_000)


def test_an_unknown_encoder_is_refused_at_once():
    with pytest.raises(PlanError, match="'nothing'"):
        WorkerPool(Job(Plan.of(encoder="nothing")), jobs=1)


def test_workers_that_never_start_are_given_up(monkeypatch):
    monkeypatch.setattr(worker_process, "WORKER", "tests.batching.no_such_module")
    start = time.monotonic()
    with pytest.raises(EncoderError, match="exit status 1 3 times"):
        WorkerPool(QUICK, jobs=1)
    assert time.monotonic() - start < 10


def test_cores_and_memory_are_shared_out_and_workers_end(monkeypatch):
    monkeypatch.setattr(worker_pool, "cores", lambda: 8)
    with closing(WorkerPool(QUICK, jobs=3)) as pool:
        assert (pool.jobs, pool.threads) == (3, 2)
        monkeypatch.setattr(worker_pool, "available_bytes", lambda: 10**9)
        held = pool._workers[0].resident_bytes()
        assert held > 10**8
        assert pool._fitting() == 1 + 10**9 // (held + worker_pool.FRAMES_BYTES)
        number = pool._workers[0]._process.pid
        assert Path(f"/proc/{number}").exists()
    assert not Path(f"/proc/{number}").exists()


@pytest.mark.parametrize(("device", "jobs", "kept"), [("cpu", None, 2), ("cpu", 1, 1), ("meta", None, 1)])
def test_early_workers_are_used_and_one_alone_off_the_cpu(monkeypatch, device, jobs, kept):
    monkeypatch.setattr(worker_pool, "cores", lambda: 2)
    monkeypatch.setattr(Job, "device", property(lambda job: device))
    early = [WorkerProcess(), WorkerProcess()]
    with closing(WorkerPool(QUICK, jobs=jobs, early=early)) as pool:
        assert pool._workers == early[:kept]
        assert [worker._process.poll() is None for worker in early] == [True, kept == 2]


def test_a_job_survives_the_pipe_and_settings_change_its_hash(handcrafted):
    plan = Plan.of(encoder="handcrafted", budget="25%", layer_keep=(1, 0.5, 0.5, 0.25), query="why?")
    job = Job(plan.but(resolution=(224, 448)), maps=True, save=os.fsdecode(b"\xff"))
    assert Job.from_message(json.loads(json.dumps(job.to_message()))) == job
    other = replace(job, plan=job.plan.but(budget="26%"))
    slower = replace(job, plan=job.plan.but(decode_timeout=1))
    hashes = [settings_hash(one, handcrafted.facts).settings_sha256 for one in (job, other, QUICK, slower)]
    assert len(set(hashes)) == 3
    assert hashes[0] == hashes[3]


def test_results_of_another_number_format_do_not_share_an_output(handcrafted):
    job = Job(Plan.of(encoder="embedded"))
    exact, halved = (replace(handcrafted.facts, dtype=dtype) for dtype in ("float32", "bfloat16"))
    assert settings_hash(job, exact).settings_sha256 != settings_hash(job, halved).settings_sha256
    named = Job(Plan.of(encoder="embedded", precision="float32"))
    assert settings_hash(job, exact).settings_sha256 == settings_hash(named, exact).settings_sha256


def test_a_full_disk_is_no_wrong_plan(samples, tmp_path, monkeypatch):
    def full(**_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tokcomp_cli.core.files.NamedTemporaryFile", full)
    job = replace(QUICK, save=str(tmp_path))
    with pytest.raises(OutputError) as caught:
        analyse(str(samples / "flower.jpg"), job, job.load_encoder())
    told = reason_of(caught.value)
    assert told.type == "output"
    assert "No space left" in told.message
    assert str(tmp_path) not in told.message
