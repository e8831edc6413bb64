"""Time by part, progress, and one thread where a second gains nothing."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch

Progress = Callable[[int, int], None]
_T = TypeVar("_T")


def unwatched(done: int, total: int) -> None:
    """Show no progress."""


def counted(things: Sequence[_T], progress: Progress) -> Iterator[_T]:
    """Yield things, and tell how many are done before each and at the end."""
    for number, thing in enumerate(things):
        progress(number, len(things))
        yield thing
    progress(len(things), len(things))


class Clock:
    """Milliseconds by name, added up."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """Add the time spent inside to a name."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.spent[name] += (time.perf_counter() - start) * 1000


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread inside.

    What the stages do to a frame takes well under a millisecond; a second thread gains nothing there, and
    waiting for it costs a time slice of the scheduler whenever the machine has other work.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
