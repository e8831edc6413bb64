"""One working process as its owner sees it: asked, heard, given up, buried."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import BinaryIO, cast

from tokcomp_cli.batch.record import Seen, Trouble
from tokcomp_cli.core.memory import available_bytes
from tokcomp_cli.core.processes import start_module
from tokcomp_cli.media.wire import Message, send

WORKER = "tokcomp_cli.batch.worker"
START_SECONDS = 300.0
SURE_BYTES = 2_000_000_000  # more than a worker takes, with an encoder that is not known yet
_CHUNK = 1 << 18


def cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_early(jobs: int | None, files: int) -> "list[Member]":
    """Return workers that load their libraries while the batch is still being looked at.

    Args:
        jobs: Workers asked for; None for one a core, as far as memory is sure to go.
        files: That there are for them.
    """
    free = available_bytes()
    most = jobs or min(cores(), 1 << 10 if free is None else max(1, free // SURE_BYTES))
    return [Member() for _ in range(min(most, files))]


class Member:
    """A worker: starting, idle, or at work on one file.

    Attributes:
        ready: Whether its encoder is loaded.
        path: What it works on; None while it starts or idles.
        seen: What that file was when it was handed out.
        deadline: When it is given up, on the clock of `time.monotonic`.
    """

    def __init__(self, module: str | None = None) -> None:
        """Start it; it loads its libraries while it waits for what to do.

        Args:
            module: What it runs; None for the worker.
        """
        self._process = start_module(module or WORKER, own_group=True)
        self._heard = bytearray()
        self._kills_before = _kills_for_memory()
        self.ready = False
        self.path: str | None = None
        self.seen = Seen(None, None)
        self.deadline = time.monotonic() + START_SECONDS

    def brief(self, first: Message) -> None:
        """Tell it what is to be done to every file."""
        self._send(first)

    def fileno(self) -> int:
        """Return the pipe on which it answers, to wait for."""
        return cast("BinaryIO", self._process.stdout).fileno()

    def hand(self, path: str, *, threads: int, timeout_seconds: float) -> None:
        """Give it a file to work on."""
        self.path, self.seen = path, Seen.at(path)
        self._kills_before = _kills_for_memory()
        self.deadline = time.monotonic() + timeout_seconds
        self._send({"path": path, "threads": threads})

    def hear(self) -> Message | None:
        """Return the answer that it has finished to give, or None; reads once and does not wait.

        Raises:
            EOFError: It is no more, or says what is no answer.
        """
        chunk = os.read(self.fileno(), _CHUNK)
        if not chunk:
            raise EOFError("the worker ended")
        self._heard += chunk
        if not chunk.endswith(b"\n"):
            return None
        line, self._heard = bytes(self._heard), bytearray()
        try:
            message = json.loads(line)
        except ValueError as error:
            raise EOFError("the worker says what is no answer") from error
        return cast("Message", message)

    def resident_bytes(self) -> int | None:
        """Return the memory that it holds now, or None where nobody tells."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return None
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def ended(self, *, within_seconds: float) -> bool:
        """Return whether it is no more, or will be in so many seconds."""
        try:
            self._process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> None:
        """Kill it and all that it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast("BinaryIO", pipe).close()

    def why_ended(self) -> Trouble:
        """Return what became of a worker that ended by itself, and bury it."""
        self.ended(within_seconds=1)
        status = self._process.poll()
        self.end()
        if status is not None and -status == signal.SIGKILL and _kills_for_memory() != self._kills_before:
            return Trouble("memory", "the system ended the worker to free memory; use fewer --jobs")
        how = "said nothing to the point" if status is None else f"ended with exit status {status}"
        if status is not None and status < 0:
            how = f"was ended by {_signal_name(-status)}"
        if status is not None and -status == signal.SIGKILL:
            why = "by hand or for want of memory; use --retry-failed"
            return Trouble("crash", f"the worker {how} while it read the file, {why}")
        return Trouble("crash", f"the worker {how} while it read the file; the file is damaged, or a bug")

    def _send(self, message: Message) -> None:
        """Send a request; a worker that is gone is noticed when its answer is awaited."""
        with contextlib.suppress(OSError):
            send(cast("BinaryIO", self._process.stdin), message)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _kills_for_memory() -> int | None:
    """Return how many processes the system has ended for want of memory, or None where nobody tells."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)
