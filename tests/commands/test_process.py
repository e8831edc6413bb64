"""What only a process of its own shows: streams, signals, start-up, names that are not text."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest


def test_help_imports_neither_torch_nor_rich_nor_numpy(process):
    code = (
        "import sys; from tokcomp_cli.commands.app import run; run(['--help']); "
        "print(sorted({'torch', 'numpy', 'decord', 'cv2', 'rich'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_version_and_module_entry(process):
    ended = process("--version")
    assert ended.returncode == 0
    assert ended.stdout.startswith(b"tokcomp 0.")


def test_a_name_that_is_not_utf8_goes_through(process, samples, tmp_path):
    path = os.fsencode(tmp_path / os.fsdecode(b"caf\xe9\xff.png"))
    Path(os.fsdecode(path)).write_bytes((samples / "coffee.png").read_bytes())
    ended = process("analyze", path, b"gone\xfe.png", "--json", "--encoder", "handcrafted")
    assert ended.returncode == 3
    found = json.loads(ended.stdout)
    assert os.fsencode(found["results"][0]["path"]) == path
    assert os.fsencode(found["results"][1]["path"]) == b"gone\xfe.png"
    assert b"Traceback" not in ended.stderr


def test_a_closed_pipe_is_no_error(samples):
    command = f"{sys.executable} -m tokcomp_cli methods | head -n 1"
    ended = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False)
    assert ended.returncode == 0
    assert ended.stderr == b""


def test_a_closed_stdout_is_an_error():
    command = f"{sys.executable} -m tokcomp_cli methods >&-"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"error: standard output is closed")
    assert ended.stderr.count(b"\n") == 1


def test_a_full_disk_is_one_sentence(samples):
    command = f"{sys.executable} -m tokcomp_cli methods > /dev/full"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"error: the output could not be written")
    assert ended.stderr.count(b"\n") == 1


def test_an_interrupt_while_loading_is_no_traceback():
    code = (
        "import sys, runpy\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "runpy.run_module('tokcomp_cli', run_name='__main__')"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, b"interrupted\n")


def open_files(number: int) -> list[str]:
    """Return what a process has open; files that it closes meanwhile are left out."""
    found = []
    for link in Path(f"/proc/{number}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(link.readlink()))
    return found


@pytest.mark.parametrize("clips", [1, 3])
def test_interrupt_is_exit_130_without_a_traceback(samples, clips):
    paths = [str(samples / "sintel_trailer_360p.mp4")] * clips
    command = [sys.executable, "-m", "tokcomp_cli", "analyze", *paths, "--fps", "native"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while os.path.realpath(paths[0]) not in open_files(running.pid):
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    start = time.monotonic()
    out, err = running.communicate(timeout=60)
    assert time.monotonic() - start < 30
    assert running.returncode == 130
    assert out == b""
    assert b"Traceback" not in err
    assert b"interrupted" in err


@pytest.mark.slow
def test_the_main_job_on_the_trailer(process, samples):
    ended = process("analyze", str(samples / "sintel_trailer_360p.mp4"), "--json")
    assert ended.returncode == 0
    assert ended.stderr.count(b"\n") == 1
    assert b"tokcomp models pull" in ended.stderr
    found = json.loads(ended.stdout)
    assert found["sampling"]["frames_sampled"] == 105
    assert found["stages"][0]["tokens_in"] == 105 * 196
    assert (
        found["fidelity"]["sampled"] == found["sampling"]["frames_encoded"] <= 105
    )  # the gate may skip some


def test_an_interrupt_that_a_library_swallows_while_it_loads_is_still_one(samples):
    code = (
        "import os, signal, sys\n"
        "from tokcomp_cli.cli import loading\n"
        "def swallowing():\n"
        "    try: os.kill(os.getpid(), signal.SIGINT); exec('for _ in range(10**9): pass')\n"
        "    except KeyboardInterrupt: raise AttributeError('half loaded') from None\n"
        "loading.import_torch = swallowing\n"
        "sys.argv = ['tokcomp', 'analyze', sys.argv[1]]\n"
        "from tokcomp_cli.commands.app import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, str(samples / "chelsea.png")]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (130, b"")
    assert ended.stderr.endswith(b"interrupted\n")


def test_an_interrupt_that_a_library_swallows_while_it_works_ends_it_without_a_word(samples):
    code = (
        "import os, signal, sys\n"
        "from tokcomp_cli.media import source\n"
        "seek = source.LocalFile.seek\n"
        "def interrupted(*of):\n"
        "    source.LocalFile.seek = seek\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return seek(*of)\n"
        "source.LocalFile.seek = interrupted\n"
        "from tokcomp_cli.commands.app import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, "analyze", str(samples / "bigbuckbunny.mp4")]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (130, b"")
    assert b"Traceback" not in ended.stderr
    assert ended.stderr.endswith(b"interrupted\n")
