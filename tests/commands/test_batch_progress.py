from rich.progress import Progress

from tests.batching.conftest import failure, success
from tokcomp_cli.batching.summary import RunningSummary
from tokcomp_cli.cli import batch_progress
from tokcomp_cli.cli.batch_progress import Shown, Told, watching
from tokcomp_cli.render.console.terminal import make_console


class Hand:
    """A clock that is set by hand."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(batch_progress.time, "monotonic", lambda: self.now)


def test_a_line_every_half_minute_where_there_is_no_terminal(monkeypatch, capsys):
    clock, summary, told = Hand(monkeypatch), RunningSummary(), Told()
    summary.add(success("before.jpg"), skipped=True)
    told.begin(100, summary)
    for number in range(60):
        clock.now += 1
        summary.add(failure("b.jpg") if number == 3 else success("a.jpg"))
        told.beat(["a.jpg"])
    assert capsys.readouterr().err.splitlines() == [
        "31 of 100 files, 1.00 files/s, about 69 s left, 1 failed",
        "61 of 100 files, 1.00 files/s, about 39 s left, 1 failed",
    ]


def test_a_terminal_names_what_is_worked_on_whatever_the_name_holds(capsys):
    summary = RunningSummary()
    with Progress(console=make_console(stderr=True), auto_refresh=False) as bar:
        shown = Shown(bar)
        shown.begin(2, summary)
        shown.beat(["[red]a\n.jpg", "b.jpg"])
        assert [task.description for task in bar.tasks][1:] == ["  [red]a\\n.jpg", "  b.jpg"]
        summary.add(success("b.jpg"))
        shown.beat(["c.jpg"])
        assert [task.description for task in bar.tasks][1:] == ["  c.jpg"]
        assert (bar.tasks[0].completed, bar.tasks[0].total) == (1, 2)
        assert bar.tasks[0].description.startswith("1 of 2 files")


def test_quiet_shows_nothing(capsys):
    with watching(quiet=True) as watch:
        watch.begin(1, RunningSummary())
        watch.beat(["a.jpg"])
    assert capsys.readouterr().err == ""
