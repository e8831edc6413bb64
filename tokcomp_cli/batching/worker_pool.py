"""Workers on this machine: each a process that may hang, crash or be killed without harm to the rest."""

import selectors
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, cast

from tokcomp_cli import errors
from tokcomp_cli.batching.job import Job, SettingsHash, settings_hash
from tokcomp_cli.batching.record import FailureReason, record_of
from tokcomp_cli.batching.worker_process import START_SECONDS, WorkerProcess
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.memory import available_bytes
from tokcomp_cli.core.processes import cores
from tokcomp_cli.errors import EncoderError
from tokcomp_cli.media.ipc import Message
from tokcomp_cli.render.schema.document import Document

BEAT_SECONDS, MEMORY_BEAT_SECONDS = 0.5, 0.05
FRAMES_BYTES = 300_000_000  # of pictures and stages, besides the encoder
MOST_FALSE_STARTS = 3


class WorkerPool:
    """Worker processes that share out files among themselves.

    Attributes:
        jobs: Workers at most.
        threads: Threads each of them computes on.
        settings: What their results have in common.
    """

    def __init__(
        self,
        job: Job,
        *,
        jobs: int | None = None,
        threads: int | None = None,
        timeout_seconds: float = 600.0,
        memory_bytes: int | None = None,
        folder: str | None = None,
        early: Sequence[WorkerProcess] = (),
    ) -> None:
        """Start the first worker and wait until its encoder is loaded.

        Args:
            job: What is done to every file.
            jobs: Workers; None for one a core, as far as memory goes, and for one where the encoder runs on
                another device than the CPU: free memory there is not measured.
            threads: Of each; None shares out the cores.
            timeout_seconds: Longest time for one file.
            memory_bytes: Most resident memory of a worker, or None.
            folder: Where relative paths start; None for the current folder.
            early: Workers that were started already; the pool ends them.

        Raises:
            PlanError: There is no such encoder, or it cannot be run so.
            EncoderError: Its weights are missing or altered, or workers do not start.
        """
        self._first: Message = {**job.to_message(), "folder": folder}
        self._timeout_seconds, self._memory_bytes = timeout_seconds, memory_bytes
        self._workers: list[WorkerProcess] = []
        self._selector = selectors.DefaultSelector()
        self._false_starts = 0
        self._facts: EncoderFacts | None = None
        wanted = jobs or (None if job.device == "cpu" else 1)
        try:
            for worker in early or [WorkerProcess()]:
                self._add(worker)
            self._keep_first(wanted or len(self._workers))
            for worker in self._workers:
                worker.send(self._first)
            while self._facts is None:
                self._step()
                if not self._workers:
                    self._start()
        except BaseException:
            self.close()
            raise
        self.settings: SettingsHash = settings_hash(job, self._facts)
        self.jobs: int = wanted or min(cores(), self._fitting())
        self.threads: int = threads or max(1, cores() // self.jobs)
        self._keep_first(self.jobs)

    def records(self, paths: Sequence[str]) -> Iterator[Document | None]:
        """Yield a record for each path, in the order they are done; None at least every half second.

        Raises:
            EncoderError: Workers do not start any more.
        """
        waiting = deque(paths)
        self._hand_out(waiting)
        while waiting or self.current():
            done = self._step()
            self._hand_out(waiting)  # before the records are used: no worker waits for that
            yield from done
            yield None

    def current(self) -> list[str]:
        """Return the paths that are worked on."""
        return [worker.path for worker in self._workers if worker.path is not None]

    def close(self) -> None:
        """End all workers at once."""
        self._keep_first(0)
        self._selector.close()

    def _hand_out(self, waiting: deque[str]) -> None:
        """Give files to workers that are free, and start workers where there are files for them."""
        for worker in self._workers:
            if waiting and worker.idle:
                path = waiting.popleft()
                worker.start_file(path, threads=self.threads, timeout_seconds=self._timeout_seconds)
        starting = sum(not worker.ready for worker in self._workers)
        for _ in range(min(len(waiting) - starting, self.jobs - len(self._workers))):
            self._start()

    def _start(self) -> None:
        worker = WorkerProcess()
        self._add(worker)
        worker.send(self._first)

    def _add(self, worker: WorkerProcess) -> None:
        self._workers.append(worker)
        self._selector.register(worker, selectors.EVENT_READ)

    def _remove(self, worker: WorkerProcess) -> None:
        self._selector.unregister(worker)
        self._workers.remove(worker)

    def _keep_first(self, count: int) -> None:
        """End all workers but the first so many."""
        for worker in self._workers[count:]:
            self._remove(worker)
            worker.end()

    def _step(self) -> list[Document]:
        """Wait for answers, half a second at most, and return the records that they make."""
        now = time.monotonic()
        until = min([worker.deadline for worker in self._workers if not worker.idle], default=now + 1)
        beat = BEAT_SECONDS if self._memory_bytes is None else MEMORY_BEAT_SECONDS
        readable = self._selector.select(min(max(until - now, 0.0), beat))
        done = [self._receive(cast("WorkerProcess", key.fileobj)) for key, _ in readable]
        done += [self._check_limits(worker) for worker in [*self._workers] if not worker.idle]
        return [record for record in done if record is not None]

    def _receive(self, worker: WorkerProcess) -> Document | None:
        """Return the record that a worker's answer or end makes, or None."""
        try:
            message = worker.receive()
        except EOFError:
            return self._reap(worker)
        if message is None:
            return None
        if "refused" in message:
            raise _refusal(message)
        if "facts" in message:
            self._facts = _facts(message)
            worker.ready, self._false_starts = True, 0
            return None
        found = cast("Document | None", message.get("found"))
        return self._record(worker, found or FailureReason(**cast("dict[str, Any]", message["failure"])))

    def _record(self, worker: WorkerProcess, outcome: Document | FailureReason) -> Document:
        """Return the record of the file that a worker had, which is then idle."""
        path = cast("str", worker.path)
        worker.path = None
        return record_of(path, worker.stat, self.settings, outcome)

    def _reap(self, worker: WorkerProcess) -> Document | None:
        """Remove a worker that has ended; return the record of the file that it was at, or None.

        Raises:
            EncoderError: Too many in a row ended before they were ready.
        """
        self._remove(worker)
        ended = worker.reap()
        if worker.path is not None:
            return self._record(worker, ended.reason)
        self._false_starts += not worker.ready
        if self._false_starts >= MOST_FALSE_STARTS:
            raise EncoderError(
                f"workers were expected to start, but {ended} {self._false_starts} times in a row; use fewer "
                "`jobs`, or look with tokcomp doctor"
            )
        return None

    def _check_limits(self, worker: WorkerProcess) -> Document | None:
        """Return the record of a worker that took too much time or memory and was ended, or None.

        Raises:
            EncoderError: It had no file: loading the encoder was too much.
        """
        limit = self._memory_bytes
        if time.monotonic() >= worker.deadline:
            seconds = self._timeout_seconds if worker.ready else START_SECONDS
            took = f"longer than {seconds:g} s"
            reason = FailureReason(
                "timeout",
                f"it took longer than --timeout {seconds:g} s and was stopped; raise --timeout, or the file "
                "is damaged",
            )
        elif limit is not None and (worker.resident_bytes() or 0) > limit:
            took = f"more than `memory` {limit / 1e9:g} GB"
            reason = FailureReason("memory", f"it took more than --memory {limit / 1e9:g} GB and was stopped")
        else:
            return None
        self._remove(worker)
        worker.end()
        if not worker.ready:
            raise EncoderError(f"a worker was expected to load the encoder, but it took {took}")
        return self._record(worker, reason)

    def _fitting(self) -> int:
        """Return how many workers the memory holds, including those that are there."""
        free = available_bytes()
        held = max(worker.resident_bytes() or 0 for worker in self._workers)
        return 1 << 10 if free is None or not held else 1 + free // (held + FRAMES_BYTES)


def _refusal(message: Message) -> Exception:
    """Return the error for which a worker has no encoder."""
    refused = cast("dict[str, str]", message["refused"])
    kind: type[Exception] = getattr(errors, refused["type"], EncoderError)
    return kind(refused["message"])


def _facts(message: Message) -> EncoderFacts:
    """Return the encoder's facts in a message."""
    facts = cast("dict[str, Any]", message["facts"])
    lists = {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
    return EncoderFacts(**facts | lists)
