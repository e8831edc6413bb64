"""An interrupt, whoever swallows it on the way.

Compiled modules do: while they are loaded, and where they call back into Python.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, NoReturn

_came: list[int] = []
_postponed: list[None] = []


def note_interrupts() -> None:
    """Note interrupts from here on; they are raised as before, and those that are swallowed say nothing."""

    def note(number: int, frame: FrameType | None) -> None:
        _came.append(number)
        if not _postponed:
            signal.default_int_handler(number, frame)

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)

    def swallowed(lost: "sys.UnraisableHookArgs") -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(lost)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # nohup has it ignored
        signal.signal(signal.SIGINT, note)
        sys.excepthook, sys.unraisablehook = told, swallowed


@contextmanager
def postponed() -> Iterator[None]:
    """Raise an interrupt that comes inside only at the end: torch aborts where it falls into its import."""
    _postponed.append(None)
    try:
        yield
    finally:
        _postponed.pop()
    raise_if_interrupted()


def raise_if_interrupted() -> None:
    """Raise the interrupt that came before and that a library swallowed.

    Raises:
        KeyboardInterrupt: One came.
    """
    if _came:
        raise KeyboardInterrupt


def interrupted() -> bool:
    """Return whether an interrupt came."""
    return bool(_came)


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Turn the first signal to end into a wish that can be asked for; a second one ends at once."""
    wished: list[int] = []
    before: dict[int, Any] = {}

    def wish(number: int, _frame: FrameType | None) -> None:
        wished.append(number)
        signal.signal(number, before[number])

    for number in map(int, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            before[number] = signal.signal(number, wish)
    try:
        yield lambda: bool(wished)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def leave(code: int) -> NoReturn:
    """Leave with an exit code after an interrupt, and with nothing else.

    The interpreter's own way out ends the process by the signal where the interrupt fell into an `exec` of a
    string (dataclasses use it), or aborts where a library was about to start its threads.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(code)
