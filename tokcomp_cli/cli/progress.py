"""How far something is, on a terminal; rich is all that it needs, so that it shows before torch is loaded."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tokcomp_cli.cli.interrupts import raise_if_interrupted
from tokcomp_cli.core.names import printable
from tokcomp_cli.core.rounding import count, readable_bytes

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Tick = Callable[[int, int | None], None]
NAME, BAR = 30, 16  # characters of a name, and of the bar: a line fits 80 columns


class Phases:
    """Shows one phase after another; counting from the start again begins the next."""

    def __init__(self, bar: "Progress", task: "TaskID", units: tuple[str, ...]) -> None:
        self._bar, self._task, self._left = bar, task, list(units)
        self._done = 0

    def __call__(self, done: int, total: int | None) -> None:
        """Show how far the phase is; the bar keeps moving where it is over and work goes on."""
        _unseen(done, total)
        if done < self._done and len(self._left) > 1:
            self._left.pop(0)
        self._done = done
        over = total is not None and done >= total
        far = self._words(done, total) + ", finishing" * over
        self._bar.tasks[0].total = None if over else total
        self._bar.update(self._task, completed=done, far=far)

    def _words(self, done: int, total: int | None) -> str:
        unit = self._left[0]
        if unit == "bytes":
            return readable_bytes(done) + (f" of {readable_bytes(total)}" if total else "")
        return f"{unit} {count(done)}" + (f"/{count(total)}" if total else "")


def _unseen(_done: int, _total: int | None) -> None:
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
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    texts = [TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[far]}")]
    columns = (texts[0], BarColumn(BAR), texts[1], TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(printable(name)[:NAME], total=None, far="loading")
        bar.refresh()
        yield Phases(bar, task, units)
