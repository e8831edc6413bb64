"""A worker that fails in the way that the name of a file says."""

import ctypes
import os
import signal
import time
from pathlib import Path

from tokcomp_cli.batching import worker_main

analyse = worker_main.analyse


def faulty(path, job, encoder):
    name = Path(path).name
    if name.startswith("segfault"):
        ctypes.string_at(0)
    if name.startswith("hang"):
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        time.sleep(1000)
    if name.startswith("freeze"):  # holds the interpreter, as a decoder may
        ctypes.PyDLL(None).sleep(1000)
    if name.startswith("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("exit"):
        os._exit(7)
    if name.startswith("memory"):
        bytearray(1 << 62)
    if name.startswith("bug"):
        raise ZeroDivisionError("no\nmatter")
    if name.startswith("change"):
        with Path(path).open("ab") as file:
            file.write(b"more")
    if name.startswith("vanish"):
        found = analyse(path, job, encoder)
        Path(path).unlink()
        return found
    return analyse(path, job, encoder)


if __name__ == "__main__":
    worker_main.analyse = faulty
    worker_main.main()
