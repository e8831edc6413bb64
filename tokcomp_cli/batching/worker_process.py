"""One worker process as the pool sees it: started, given files, read from, ended."""

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from tokcomp_cli.batching.record import FailureReason, FileStat
from tokcomp_cli.core.memory import available_bytes
from tokcomp_cli.core.processes import cores, start_module
from tokcomp_cli.media.ipc import Message, send

WORKER = "tokcomp_cli.batching.worker_main"
START_SECONDS = 300.0
SURE_BYTES = 2_000_000_000  # more than a worker takes, whatever its encoder
_CHUNK = 1 << 18


def start_early(jobs: int | None, files: int) -> "list[WorkerProcess]":
    """Return workers that load their libraries while the batch is still being prepared.

    Args:
        jobs: Workers asked for; None for one a core, as far as memory is sure to go.
        files: Files that there are for them.
    """
    free = available_bytes()
    most = jobs or min(cores(), 1 << 10 if free is None else max(1, free // SURE_BYTES))
    return [WorkerProcess() for _ in range(min(most, files))]


@dataclass(frozen=True, slots=True)
class ProcessExit:
    """How a worker ended that the pool did not end.

    Attributes:
        status: Exit status, minus the signal's number for a signal; None where the process still ran but
            wrote something that is no answer.
        for_memory: Whether the system killed it to free memory.
    """

    status: int | None
    for_memory: bool

    def __str__(self) -> str:
        """Return what happened, as the end of a sentence."""
        if self.for_memory:
            return "the system ended the worker to free memory"
        if self.status is None:
            return "the worker said nothing to the point"
        if self.status < 0:
            return f"the worker was ended by {_signal_name(-self.status)}"
        return f"the worker ended with exit status {self.status}"

    @property
    def reason(self) -> FailureReason:
        """Return why the file failed that the worker had."""
        if self.for_memory:
            return FailureReason("memory", f"{self}; use fewer --jobs")
        killed = self.status == -signal.SIGKILL
        why = ", by hand or for want of memory; use --retry-failed"
        return FailureReason(
            "crash", f"{self} while it read the file{why if killed else '; the file is damaged, or a bug'}"
        )


class WorkerProcess:
    """A worker: starting, idle, or at work on one file.

    Attributes:
        ready: Whether its encoder is loaded.
        path: What it works on; None while it starts or idles.
        stat: Of that file when it was handed out.
        deadline: When it is given up, on the clock of `time.monotonic`.
    """

    def __init__(self) -> None:
        """Start it; it loads its libraries while it waits for its job."""
        self._process = start_module(WORKER, own_group=True)
        self._unread = bytearray()
        self._kills_before = _kills_for_memory()
        self.ready = False
        self.path: str | None = None
        self.stat = FileStat(None, None)
        self.deadline = time.monotonic() + START_SECONDS

    @property
    def idle(self) -> bool:
        """Return whether it waits for a file."""
        return self.ready and self.path is None

    def fileno(self) -> int:
        """Return the pipe on which it answers, to wait for."""
        return cast("BinaryIO", self._process.stdout).fileno()

    def send(self, message: Message) -> None:
        """Send a message; a worker that is gone is noticed when its answer is awaited."""
        with contextlib.suppress(OSError):
            send(cast("BinaryIO", self._process.stdin), message)

    def start_file(self, path: str, *, threads: int, timeout_seconds: float) -> None:
        """Give it a file to work on."""
        self.path, self.stat = path, FileStat.at(path)
        self._kills_before = _kills_for_memory()
        self.deadline = time.monotonic() + timeout_seconds
        self.send({"path": path, "threads": threads})

    def receive(self) -> Message | None:
        """Return its answer if that is complete, else None; reads once and does not wait.

        Raises:
            EOFError: It ended, or wrote something that is no answer.
        """
        chunk = os.read(self.fileno(), _CHUNK)
        if not chunk:
            raise EOFError("the worker ended")
        self._unread += chunk
        if not chunk.endswith(b"\n"):
            return None
        line, self._unread = bytes(self._unread), bytearray()
        try:
            message = json.loads(line)
        except ValueError as error:
            raise EOFError("the worker wrote something that is no answer") from error
        return cast("Message", message)

    def resident_bytes(self) -> int | None:
        """Return the memory that it holds now, or None where the system does not say."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return None
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def end(self) -> None:
        """Kill it and all that it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast("BinaryIO", pipe).close()

    def reap(self) -> ProcessExit:
        """Return how a worker ended whose pipe is closed, and release what it held."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        status = self._process.poll()
        self.end()
        return ProcessExit(status, status == -signal.SIGKILL and _kills_for_memory() != self._kills_before)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _kills_for_memory() -> int | None:
    """Return how many processes the system has killed to free memory, or None where it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)
