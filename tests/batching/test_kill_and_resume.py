"""A batch that is killed keeps its records, and the next run goes on: true processes and signals."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.batching.conftest import failure, lines
from tokcomp_cli.batching.jsonl_writer import JsonlWriter

pytestmark = pytest.mark.slow
QUICK = ("--encoder", "handcrafted", "-q")


def started(*arguments: object) -> subprocess.Popen:
    """A batch in a session of its own, as a terminal or a scheduler starts one."""
    command = [sys.executable, "-m", "tokcomp_cli", "batch", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, start_new_session=True)


def ended(*arguments: object) -> tuple[int, bytes, bytes]:
    batch = started(*arguments)
    out, err = batch.communicate(timeout=300)
    return batch.returncode, out, err


def workers_of(owner: int) -> list[int]:
    """Processes that say they belong to an owner, and those that belong to these."""
    found, owners = [], {str(owner)}
    for _ in range(3):
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal() or int(entry.name) in found:
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"--bound" in words and words[words.index(b"--bound") + 1].decode() in owners:
                found.append(int(entry.name))
                owners.add(entry.name)
    return found


def left_of(pids: list[int]) -> list[int]:
    """Those of some processes that run two seconds later; one that is dead but not reaped does not."""
    for _ in range(20):
        pids = [pid for pid in pids if running(pid)]
        if not pids:
            return []
        time.sleep(0.1)
    return pids


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def photos(samples, tmp_path) -> Path:
    """Sixty photos under names of their own."""
    folder = tmp_path / "photos"
    folder.mkdir()
    sources = [samples / name for name in ("coffee.png", "text.png", "flower.jpg")]
    for number in range(60):
        source = sources[number % 3]
        (folder / f"{number:03d}{source.suffix}").write_bytes(source.read_bytes())
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff and no more")
    return folder


def test_killed_ten_times_every_input_is_there_once(photos, tmp_path):
    out, dice = tmp_path / "out.jsonl", random.Random(7)
    grown = []
    for number in range(10):
        before = out.stat().st_size if out.exists() else 0
        batch = started("-r", photos, "-o", out, "--resume", *QUICK)
        until = time.monotonic() + 20
        while number % 2 and time.monotonic() < until and (not out.exists() or out.stat().st_size == before):
            time.sleep(0.02)  # every other time among the files, else in whatever it does by then
        time.sleep(dice.uniform(0, 0.5) if number % 2 else dice.uniform(0.1, 4))
        theirs = workers_of(batch.pid)
        os.killpg(batch.pid, signal.SIGKILL)
        batch.communicate()
        assert left_of(theirs) == []
        grown.append(out.read_bytes().count(b"\n") if out.exists() else 0)
    assert grown == sorted(grown)
    assert grown[0] < grown[-1]
    code, _, err = ended("-r", photos, "-o", out, "--resume", *QUICK)
    assert (code, err) == (3, b"")
    records = lines(out)
    assert sorted(record["path"] for record in records) == sorted(map(str, photos.iterdir()))
    assert [record["path"] for record in records if record["status"] == "failed"] == [
        str(photos / "broken.jpg")
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_everything_kept(photos, tmp_path, number):
    out = tmp_path / "out.csv"
    batch = started("-r", photos, "-o", out, "--encoder", "handcrafted", "--summary", tmp_path / "s.json")
    done = tmp_path / "out.csv.jsonl"
    while not done.exists() or done.read_bytes().count(b"\n") < 2:
        time.sleep(0.05)
    theirs = workers_of(batch.pid)
    batch.send_signal(number)
    _, err = batch.communicate(timeout=20)
    assert batch.returncode == 130
    assert err.endswith(b"interrupted\n")
    assert b"Traceback" not in err
    summary = json.loads((tmp_path / "s.json").read_text())
    count = len(lines(done))
    assert summary["files"]["ok"] + summary["files"]["failed"] == count
    assert summary["files"]["left"] == 61 - count > 0
    assert len(out.read_text().splitlines()) == count + 1
    assert theirs
    assert left_of(theirs) == []


def test_two_batches_on_one_output(photos, tmp_path):
    with JsonlWriter(tmp_path / "out.jsonl") as writer:
        writer.append(failure("other.jpg"))
        code, _, err = ended(photos / "broken.jpg", "-o", tmp_path / "out.jsonl", "--resume", *QUICK)
    assert code == 2
    assert b"another batch writes to" in err
    assert lines(tmp_path / "out.jsonl") == [failure("other.jpg")]


def test_memory_does_not_grow_with_files(samples, tmp_path):
    """While files are done, the peak of the batch and of its worker is at 250 files what it was at 30.

    What the summary takes at the end is looked at no more: it differs from run to run, whatever the number.
    """
    from PIL import Image

    def peak(count: int) -> tuple[int, int]:
        folder = tmp_path / str(count)
        folder.mkdir()
        for number in range(count):
            Image.new("RGB", (48, 32), (number % 256, 80, 120)).save(folder / f"{number}.png")
        output = tmp_path / f"{count}.jsonl"
        batch = started("-r", folder, "-o", output, "-j", 1, *QUICK)
        highest = {}
        while batch.poll() is None and (not output.exists() or output.read_bytes().count(b"\n") < count):
            for name, pids in (("batch", [batch.pid]), ("worker", workers_of(batch.pid))):
                for pid in pids:
                    highest[name] = max(highest.get(name, 0), peak_kib(pid))
            time.sleep(0.1)
        batch.communicate()
        assert len(lines(output)) == count
        return highest["batch"], highest["worker"]

    few, many = peak(30), peak(250)
    for before, after in zip(few, many, strict=True):
        assert after < before + 20_000, (few, many)


def peak_kib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def test_names_survive_the_round_trip_through_lists(samples, tmp_path):
    folder = tmp_path / "odd"
    folder.mkdir()
    names = [b"a\nb.jpg", b"\xff\xfe.jpg", b"$(x) 'q\" [bold].jpg", "ü\u202e.jpg".encode()]
    for name in names:
        (folder / os.fsdecode(name)).write_bytes((samples / "flower.jpg").read_bytes())
    (tmp_path / "list").write_bytes(b"\0".join(bytes(folder) + b"/" + name for name in names))
    code, _, _ = ended("--files-from", tmp_path / "list", "-0", "-o", tmp_path / "out.jsonl", *QUICK)
    assert code == 0
    found = [os.fsencode(record["path"]) for record in lines(tmp_path / "out.jsonl")]
    assert sorted(found) == sorted(bytes(folder) + b"/" + name for name in names)
    code, out, _ = ended(
        "--files-from", tmp_path / "list", "-0", "-o", tmp_path / "out.jsonl", "--resume", "--json", *QUICK
    )
    assert json.loads(out)["files"]["skipped"] == 4
