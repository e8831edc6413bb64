"""How far a batch is: a live display on a terminal, else a line every half minute."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from tokcomp_cli.cli.progress import shown_later, time_words
from tokcomp_cli.core.names import printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress, Task, TaskID

    from tokcomp_cli.batching.run_batch import ProgressDisplay
    from tokcomp_cli.batching.summary import RunningSummary

LINE_SECONDS = 30.0
SHOWN, NAME = 8, 48  # files that are worked on and named, and characters of a name


class Pace:
    """Says in words how far a batch is and how long it will take."""

    def __init__(self, total: int, summary: "RunningSummary") -> None:
        self._total, self._summary, self._skipped = total, summary, summary.skipped
        self._start = time.monotonic()

    @property
    def done(self) -> int:
        """Return the inputs that have a record."""
        return self._summary.ok + self._summary.failed

    def words(self) -> str:
        """Return `18 of 340 files, 3.10 files/s, about 2 min left, 2 failed`."""
        rate = (self.done - self._skipped) / max(time.monotonic() - self._start, 1e-3)
        parts = [f"{self.done:,} of {self._total:,} files"]
        if rate:
            parts += [f"{rate:.2f} files/s", f"about {time_words((self._total - self.done) / rate)} left"]
        return ", ".join(parts + [f"{self._summary.failed:,} failed"] * bool(self._summary.failed))


class Told:
    """Writes a line to stderr every half minute."""

    def __init__(self, every_seconds: float = LINE_SECONDS) -> None:
        self._every = every_seconds

    def begin(self, total: int, summary: "RunningSummary") -> None:
        """Note the start."""
        self._pace, self._last = Pace(total, summary), time.monotonic()

    def beat(self, current: list[str]) -> None:  # noqa: ARG002 a line has no room for them
        """Write a line when it is time for one."""
        if time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            typer.echo(self._pace.words(), err=True)


class Shown:
    """Shows a bar and the files that are worked on."""

    def __init__(self, bar: "Progress") -> None:
        self._bar = bar
        self._task = bar.add_task("starting workers", total=None)
        self._files: dict[str, TaskID] = {}

    def begin(self, total: int, summary: "RunningSummary") -> None:
        """Draw the bar."""
        self._pace = Pace(total, summary)
        self._bar.update(self._task, total=total)

    def beat(self, current: list[str]) -> None:
        """Move the bar, and name what is worked on."""
        self._bar.update(self._task, completed=self._pace.done, description=self._pace.words())
        for path in [path for path in self._files if path not in current[:SHOWN]]:
            self._bar.remove_task(self._files.pop(path))
        for path in current[:SHOWN]:
            if path not in self._files:
                self._files[path] = self._bar.add_task(f"  {printable(path)[-NAME:]}", total=None)


@contextmanager
def watching(*, quiet: bool) -> "Iterator[ProgressDisplay]":
    """Give who is told how far a batch is, and shows it while inside."""
    if quiet or sys.stderr is None:
        from tokcomp_cli.batching.run_batch import NoDisplay

        yield NoDisplay()
        return
    from tokcomp_cli.render.console.terminal import make_console

    if not sys.stderr.isatty() or not (console := make_console(stderr=True)).is_interactive:
        yield Told()
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Bar(BarColumn):
        """Draws a bar for all files, and none for a single one."""

        def render(self, task: "Task") -> "RenderableType":  # type: ignore[override]
            return super().render(task) if task.total is not None else Text("")

    columns = (Bar(16), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    made = Progress(*columns, console=console, transient=True, refresh_per_second=4)
    with shown_later(made) as bar:
        yield Shown(bar)
