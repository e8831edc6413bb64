"""How far something is and how long it will take, on a terminal and only where it takes over two seconds.

Rich is all that it needs, so that it shows while torch is loaded.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

from tokcomp_cli.cli.interrupts import raise_if_interrupted
from tokcomp_cli.core.names import printable
from tokcomp_cli.core.rounding import count, readable_bytes

if TYPE_CHECKING:
    from rich.progress import Progress

Tick = Callable[[float, int | None], None]
AFTER_SECONDS = 2.0
NAME, BAR = 24, 12  # characters of a name, and of the bar: a line fits 80 columns
NARROW = 64  # columns below which name and bar are left out
_start = time.monotonic()


class Phases:
    """Counts one phase after another; counting from the start again begins the next."""

    def __init__(self, units: tuple[str, ...]) -> None:
        self._units = list(units)
        self._done, self.total = 0.0, None  # type: tuple[float, int | None]
        self._begun = self._last = (0.0, time.monotonic())
        self._counts = False

    def __call__(self, done: float, total: int | None) -> None:
        """Note how far the phase is.

        Args:
            done: Things done, with the part of the one at hand where it is known.
            total: Things to do; None where the number is not known.
        """
        _unseen(done, total)
        now = time.monotonic()
        if done < self._done and len(self._units) > 1:
            self._units.pop(0)
        if done < self._done or not self._counts:
            self._begun = (done, now)
        self._done, self.total, self._counts = done, total, True
        self._last = (done, now)

    @property
    def share(self) -> float | None:
        """Return the share that is done; None before the first, after the last, and without a total."""
        known = self.total is not None and 0 < self._done < self.total
        return self._done / self.total if known and self.total else None

    def words(self) -> str:
        """Return `frames 18/340, 12 s left`."""
        if not self._counts:
            return "loading"
        done, total = int(self._done), self.total
        unit = self._units[0]
        if unit == "bytes":
            said = readable_bytes(done) + (f" of {readable_bytes(total)}" if total else "")
        else:
            said = f"{unit} {count(done)}" + (f"/{count(total)}" if total else "")
        if total is not None and self._done >= total:
            return f"{said}, finishing"
        left = self.seconds_left()
        return said if left is None else f"{said}, {time_words(left)} left"

    def seconds_left(self) -> float | None:
        """Return how long the phase will still take at its pace so far; None where nothing tells."""
        (first, began), (done, at) = self._begun, self._last
        if self.total is None or done <= first or at <= began:
            return None
        pace = (at - began) / (done - first)
        return max((self.total - done) * pace - (time.monotonic() - at), 0.0)


def time_words(seconds: float) -> str:
    """Return `12 s`, `3 min` or `2.5 h`."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _unseen(_done: float, _total: int | None) -> None:
    """End the work where a library swallowed an interrupt."""
    raise_if_interrupted()


@contextmanager
def watched(name: str, *units: str, quiet: bool) -> Iterator[Tick]:
    """Show how far something is, on a terminal, while inside. Load what takes long inside, too.

    Args:
        name: Of the thing.
        units: What is counted, one a phase; bytes are shown as such.
        quiet: Show nothing.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield _unseen
        return
    phases = Phases(units or ("",))
    with shown_later(_display(printable(name)[:NAME], phases)):
        yield phases


@contextmanager
def shown_later(bar: "Progress") -> "Iterator[Progress]":
    """Show a display while inside, from two seconds after the command began."""
    if not bar.console.is_interactive:  # a terminal that cannot go back in a line
        yield bar
        return
    timer = Timer(max(_start + AFTER_SECONDS - time.monotonic(), 0.0), bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield bar
    finally:
        timer.cancel()
        timer.join()
        if bar.live.is_started:
            bar.stop()


def _display(name: str, phases: Phases) -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Far(ProgressColumn):
        """Says how far it is; asked ten times a second, so that the time left runs."""

        def render(self, task: Task) -> Text:  # noqa: ARG002 rich hands it over
            return Text(phases.words(), no_wrap=True)

    class Bar(BarColumn):
        """Draws the share that is done; one that keeps moving without a total."""

        def render(self, task: Task):  # type: ignore[no-untyped-def]  # the type is rich's own
            share = phases.share
            task.total, task.completed = (None, 0) if share is None else (1, share)
            return super().render(task)

    console = Console(stderr=True)
    far = (Far(), TimeElapsedColumn())
    first = (TextColumn("{task.description}", markup=False), Bar(BAR)) if console.width >= NARROW else ()
    bar = Progress(*first, *far, console=console, transient=True)
    bar.add_task(name, total=None)
    return bar
