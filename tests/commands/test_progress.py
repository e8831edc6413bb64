"""What is shown while one waits: on a terminal only, before anything heavy is loaded, in every phase."""

import os
import re
import sys
import time

import pytest

pty = pytest.importorskip("pty")


@pytest.fixture
def on_terminal(monkeypatch):
    """Run a command on a terminal of its own; give the seconds of each piece of text, and the exit code."""

    def go(*arguments, environment=()):
        process, terminal = pty.fork()
        if process == 0:
            os.environ.update({"TERM": "xterm", "COLUMNS": "80", **dict(environment)})
            os.execv(sys.executable, [sys.executable, *map(str, arguments)])
        start, pieces = time.monotonic(), []
        while True:
            try:
                text = os.read(terminal, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not text:
                break
            plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.decode(errors="replace"))
            pieces.append((time.monotonic() - start, plain))
        os.close(terminal)
        return pieces, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

    return go


UNTIL_TORCH = """
import os, sys
class Torch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            os.write(2, b"<torch>")
            os._exit(0)
sys.meta_path.insert(0, Torch())
from tokcomp_cli.commands.app import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command",
    [
        ["analyze", "{clip}", "--encoder", "handcrafted"],
        ["budget", "{clip}", "--encoder", "handcrafted"],
        ["compare", "{clip}", "--encoder", "handcrafted", "--budget", "9", "--methods", "ward"],
        ["ask", "{clip}", "why?", "--vlm", "/none"],
        ["bench", "methods", "--rounds", "1", "--threads", "1"],
        ["doctor"],
        ["demo"],
    ],
    ids=lambda command: command[0],
)
def test_the_first_sign_comes_before_torch(on_terminal, samples, command):
    clip = samples / "city_cc0_cut_mpeg2.mkv"
    pieces, _ = on_terminal("-c", UNTIL_TORCH, *(one.format(clip=clip) for one in command))
    text = "".join(piece for _, piece in pieces)
    assert 0 <= text.index("loading") < text.index("<torch>")
    assert all(len(line) <= 80 for line in re.split(r"[\r\n]+", text) if "━" in line)


def test_methods_are_counted_after_frames_and_no_bar_stands_still(on_terminal, samples):
    clip = samples / "bigbuckbunny.mp4"
    few = ("--encoder", "handcrafted", "--budget", "60", "--methods", "ward,tome,divprune,evs")
    options = (*few, "--fps", "native")  # so long that the bar, drawn ten times a second, shows each phase
    pieces, code = on_terminal("-m", "tokcomp_cli", "compare", clip, *options)
    assert code == 0
    text = "".join(piece for _, piece in pieces)
    assert re.search(r"methods \d+/\d+", text[text.index("frames") :])
    full = [found.end() for found in re.finditer(r"(frames|methods|files) (\d+)/\2(?!\d)", text)]
    assert all(text[end:].startswith(", finishing") for end in full)


@pytest.mark.parametrize("quiet", [["--quiet"], []])
def test_nothing_of_it_reaches_a_pipe_or_the_quiet(tokcomp, samples, quiet):
    ended = tokcomp("analyze", samples / "coffee.png", "--encoder", "handcrafted", *quiet)
    assert ended.code == 0
    assert ended.err == ""


class Bar:
    """A stand-in for rich's display that notes what it is told."""

    def __init__(self):
        self.tasks, self.shown = [type("Task", (), {"total": None})()], []

    def update(self, task, *, completed, far):
        self.shown.append((completed, self.tasks[0].total, far))


def test_counting_from_the_start_again_begins_the_next_phase():
    from tokcomp_cli.cli.progress import Phases

    bar = Bar()
    tick = Phases(bar, 0, ("frames", "methods"))
    for step in ((1, 2), (2, 2), (0, 3), (3, 3), (0, 1)):
        tick(*step)
    assert bar.shown == [
        (1, 2, "frames 1/2"),
        (2, None, "frames 2/2, finishing"),
        (0, 3, "methods 0/3"),
        (3, None, "methods 3/3, finishing"),
        (0, 1, "methods 0/1"),
    ]
