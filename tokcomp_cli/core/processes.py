"""Child processes that run our modules and end with their parent; and silencing standard error."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

BOUND = "--bound"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux
_REDIRECTING = threading.Lock()  # one thread at a time may redirect standard error


def cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_module(module: str, *, own_group: bool = False) -> "subprocess.Popen[bytes]":
    """Return a running module that reads requests from standard input and answers on standard output.

    Args:
        module: Run as `python -m` does; it calls `die_with_parent` first.
        own_group: Whether it and its children form a group: they are killed together, and Ctrl-C spares them.
    """
    # The same modules as here, whatever folder the process starts in; nothing is read from the current one.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    # Linux ends the child with the thread that started it; only the main thread lasts as long as the process.
    bound = [BOUND, str(os.getpid())] if threading.current_thread() is threading.main_thread() else []
    return subprocess.Popen(  # noqa: S603 our own interpreter and module, no shell
        [sys.executable, "-P", "-m", module, *bound],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        process_group=0 if own_group else None,
    )


def die_with_parent() -> None:
    """End this process when the one that started it ends, even by SIGKILL; on Linux, else nothing."""
    if BOUND not in sys.argv or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(sys.argv[sys.argv.index(BOUND) + 1]):  # it ended before we asked
        os._exit(1)


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Keep C++ log lines, which no setting stops, off the terminal while inside."""
    with _REDIRECTING:
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
