"""How far something is, on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tokcomp_cli.core.names import printable

if TYPE_CHECKING:
    from tokcomp_cli.core.timing import Progress


def progress(path: str, *, quiet: bool) -> "AbstractContextManager[Progress]":
    """Show frames done of a file, on a terminal, while inside."""
    return watched(Path(path).name, "frames", quiet=quiet)


@contextmanager
def watched(name: str, unit: str, *, quiet: bool) -> "Iterator[Callable[[int, int | None], None]]":
    """Show how far something is, on a terminal, while inside.

    Args:
        name: Of the thing.
        unit: What is counted; bytes are shown as such.
        quiet: Show nothing.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    from tokcomp_cli.render.console.terminal import make_console

    counted = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), counted, TextColumn(unit), Left())
    with Progress(*columns, console=make_console(stderr=True), transient=True) as bar:
        task = bar.add_task(printable(name)[:40], total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
