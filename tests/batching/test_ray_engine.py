"""The same records through a real Ray cluster on this machine, one of whose workers is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.batching.conftest import lines
from tests.batching.test_kill_and_resume import ended

pytestmark = pytest.mark.slow
QUICK = ("--encoder", "handcrafted", "-q", "-j", 2, "--threads", 1)


@pytest.fixture
def clips(samples, tmp_path) -> Path:
    """Clips, a photo and a broken file."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for number in range(14):
        (folder / f"{number:02d}.mkv").symlink_to(samples / "city_cc0_cut_mpeg2.mkv")
    (folder / os.fsdecode(b"photo \xff\n.jpg")).write_bytes((samples / "flower.jpg").read_bytes())
    (folder / "broken.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    return folder


def actors() -> list[int]:
    """Processes of Ray that hold a worker of ours."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if b"MapWorker" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def plain(path: Path) -> dict[str, dict]:
    records = lines(path)
    assert len({record["path"] for record in records}) == len(records)
    return {record["path"]: {key: record[key] for key in record if key != "timings_ms"} for record in records}


def test_a_cluster_makes_the_same_records_though_a_worker_is_killed(clips, tmp_path):
    pytest.importorskip("ray")
    out = tmp_path / "ray.jsonl"
    command = [
        sys.executable,
        "-m",
        "tokcomp_cli",
        "batch",
        "-r",
        clips,
        "-o",
        out,
        "--engine",
        "ray",
        *QUICK,
    ]
    batch = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    seen: set[int] = set()
    while batch.poll() is None and (
        len(actors()) < 2 or not out.exists() or out.read_bytes().count(b"\n") < 2
    ):
        time.sleep(0.05)
    seen |= set(actors())
    assert len(seen) >= 2, batch.communicate()
    os.kill(min(seen), signal.SIGKILL)
    killed_at = out.read_bytes().count(b"\n")
    assert killed_at < 12
    _, err = batch.communicate(timeout=240)
    assert batch.returncode == 3, err
    assert b"Traceback" not in err
    assert sorted(plain(out)) == sorted(map(str, clips.iterdir()))

    code, _, _ = ended("-r", clips, "-o", tmp_path / "local.jsonl", *QUICK)
    assert code == 3
    assert plain(out) == plain(tmp_path / "local.jsonl")
    for path, record in plain(out).items():
        other = plain(tmp_path / "local.jsonl")[path]
        assert json.dumps(record) == json.dumps(other)

    before = out.read_bytes()
    code, shown, _ = ended("-r", clips, "-o", out, "--resume", "--json", *QUICK)
    assert code == 3
    assert json.loads(shown)["files"]["skipped"] == 16
    assert out.read_bytes() == before
