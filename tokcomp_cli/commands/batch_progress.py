"""How far a batch is: a live display on a terminal, else a line every half minute."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from tokcomp_cli.core.names import printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress, Task, TaskID

    from tokcomp_cli.batch.run import Watch
    from tokcomp_cli.batch.tally import Tally

LINE_SECONDS = 30.0
SHOWN = 8  # files that are worked on and named


class Silent:
    """Shows nothing."""

    def begin(self, total: int, tally: "Tally") -> None:
        """Do nothing."""

    def beat(self, current: list[str]) -> None:
        """Do nothing."""


class Told:
    """Writes a line to stderr every half minute."""

    def __init__(self, every_seconds: float = LINE_SECONDS) -> None:
        self._every = every_seconds

    def begin(self, total: int, tally: "Tally") -> None:
        """Note the start."""
        self._total, self._tally, self._skipped = total, tally, tally.skipped
        self._start = self._last = time.monotonic()

    def beat(self, current: list[str]) -> None:  # noqa: ARG002 a line has no room for them
        """Write a line when it is time for one."""
        now = time.monotonic()
        if now - self._last < self._every:
            return
        self._last = now
        done = self._tally.ok + self._tally.failed
        rate = (done - self._skipped) / (now - self._start)
        left = f", about {_time((self._total - done) / rate)} left" if rate else ""
        typer.echo(
            f"{done:,} of {self._total:,} files, {self._tally.failed:,} failed, {rate:.2f} files/s{left}",
            err=True,
        )


class Shown:
    """Shows a bar and the files that are worked on."""

    def __init__(self, bar: "Progress") -> None:
        self._bar = bar
        self._files: dict[str, TaskID] = {}

    def begin(self, total: int, tally: "Tally") -> None:
        """Draw the bar."""
        self._tally = tally
        done = tally.ok + tally.failed
        self._task = self._bar.add_task("files", total=total, completed=done, note="")

    def beat(self, current: list[str]) -> None:
        """Move the bar, and name what is worked on."""
        failed = f"{self._tally.failed:,} failed" if self._tally.failed else ""
        self._bar.update(self._task, completed=self._tally.ok + self._tally.failed, note=failed)
        for path in [path for path in self._files if path not in current[:SHOWN]]:
            self._bar.remove_task(self._files.pop(path))
        for path in current[:SHOWN]:
            if path not in self._files:
                self._files[path] = self._bar.add_task(printable(path)[-60:], total=None)


@contextmanager
def watching(*, quiet: bool) -> "Iterator[Watch]":
    """Give who is told how far a batch is, and shows it while inside."""
    if quiet or sys.stderr is None:
        yield Silent()
        return
    if not sys.stderr.isatty():
        yield Told()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn
    from rich.progress import TimeElapsedColumn as Spent
    from rich.progress import TimeRemainingColumn as Left
    from rich.text import Text

    from tokcomp_cli.render.console import make_console

    class OnlyFiles(ProgressColumn):
        """Draws a column for the line of all files and leaves it out for a single one."""

        def __init__(self, column: ProgressColumn) -> None:
            super().__init__()
            self._column = column

        def render(self, task: "Task") -> "RenderableType":
            return self._column(task) if task.total is not None else Text("")

    columns = [BarColumn(24), MofNCompleteColumn(), Left(), TextColumn("{task.fields[note]}", markup=False)]
    with Progress(
        TextColumn("{task.description}", markup=False),
        *(OnlyFiles(column) for column in columns),
        Spent(),
        console=make_console(stderr=True),
        transient=True,
        refresh_per_second=4,
    ) as bar:
        yield Shown(bar)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
