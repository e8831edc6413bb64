"""What is shown while one waits: on a terminal only, before anything heavy is loaded, in every phase."""

import os
import re
import sys
import time

import pytest

from tokcomp_cli.cli import progress

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
            import time
            os.write(2, b"<torch>")
            time.sleep(0.6)
            os._exit(0)
sys.meta_path.insert(0, Torch())
from tokcomp_cli.cli import progress
progress.AFTER_SECONDS = float(os.environ["AFTER"])
from tokcomp_cli.commands.app import run
sys.exit(run(sys.argv[1:]))
"""


LINES = ["--encoder", "handcrafted"]


@pytest.mark.parametrize(
    "command",
    [
        ["analyze", "{clip}", *LINES],
        ["compare", "{clip}", *LINES, "--budget", "9", "--methods", "ward"],
        ["eval", "train", "-o", "none"],
    ],
    ids=lambda command: command[0],
)
def test_it_shows_while_torch_is_loaded(on_terminal, samples, command):
    clip = samples / "city_cc0_cut_mpeg2.mkv"
    words = [one.format(clip=clip) for one in command]
    pieces, _ = on_terminal("-c", UNTIL_TORCH, *words, environment={"AFTER": "0.1"})
    text = "".join(piece for _, piece in pieces)
    assert "loading" in text[text.index("<torch>") :]
    assert all(len(line) <= 80 for line in re.split(r"[\r\n]+", text) if "━" in line)


@pytest.mark.parametrize("environment", [{"AFTER": "60"}, {"AFTER": "0.1", "TERM": "dumb"}])
def test_nothing_shows_of_what_is_short_or_where_lines_cannot_be_redrawn(on_terminal, samples, environment):
    words = ("analyze", samples / "coffee.png", *LINES)
    pieces, _ = on_terminal("-c", UNTIL_TORCH, *words, environment=environment)
    assert "".join(piece for _, piece in pieces) == "<torch>"


@pytest.mark.slow
def test_methods_are_counted_after_frames_and_no_bar_stands_still(on_terminal, samples):
    clip = samples / "bigbuckbunny.mp4"
    few = (*LINES, "--budget", "60", "--methods", "ward,tome,divprune,evs")
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


@pytest.fixture
def clock(monkeypatch):
    """Give a clock that is set by hand."""
    hand = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: hand[0])
    return hand


def test_counting_from_the_start_again_begins_the_next_phase(clock):
    phases, shown = progress.Phases(("frames", "methods")), []
    for step in ((1, 2), (2, 2), (0, 3), (3, 3), (0, 1)):
        phases(*step)
        shown.append(phases.words())
    assert shown == [
        "frames 1/2",
        "frames 2/2, finishing",
        "methods 0/3",
        "methods 3/3, finishing",
        "methods 0/1",
    ]


def test_the_time_left_is_that_of_the_phase_and_runs_down_between_counts(clock):
    phases = progress.Phases(("frames", "methods"))
    assert phases.words() == "loading"
    clock[0] += 30  # loading does not count as work on frames
    phases(10, 100)
    assert phases.words() == "frames 10/100"
    clock[0] += 4
    phases(30, 100)
    assert phases.words() == "frames 30/100, 14 s left"
    clock[0] += 3
    assert phases.words() == "frames 30/100, 11 s left"
    clock[0] += 60
    assert phases.words() == "frames 30/100, 1 s left"
    phases(0, 4)
    clock[0] += 600
    phases(1.5, 4)
    assert phases.words() == "methods 1/4, 17 min left"
    assert phases.share == 1.5 / 4


def test_what_has_no_total_has_no_time_left(clock):
    phases = progress.Phases(("bytes",))
    phases(0, None)
    clock[0] += 5
    phases(2_000_000, None)
    assert phases.words() == "2.0 MB"
    assert phases.share is None


def test_times_are_in_words():
    assert [progress.time_words(seconds) for seconds in (5, 600, 9000)] == ["5 s", "10 min", "2.5 h"]
