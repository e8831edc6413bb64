"""Workers on a Ray cluster: each actor holds a pool of one worker, so that the records are the same."""

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, cast

from tokcomp_cli.batching.job import Job, SettingsHash
from tokcomp_cli.batching.ray_setup import connect, load_ray
from tokcomp_cli.batching.record import line_of
from tokcomp_cli.batching.worker_pool import BEAT_SECONDS, WorkerPool
from tokcomp_cli.core.processes import cores
from tokcomp_cli.errors import EncoderError, TokcompError
from tokcomp_cli.render.schema.document import Document

MOST_BLOCKS = 10_000  # tasks of a batch; above it a task has several files


@dataclass(frozen=True, slots=True)
class ActorSettings:
    """What each actor is given.

    Attributes:
        job: What is done to every file.
        folder: Where relative paths start.
        threads: Threads of its worker.
        timeout_seconds: Longest time for one file.
        memory_bytes: Most resident memory of its worker, or None.
    """

    job: Job
    folder: str
    threads: int
    timeout_seconds: float
    memory_bytes: int | None

    def start_pool(self) -> WorkerPool:
        """Return the pool of one worker, its encoder loaded."""
        return WorkerPool(
            self.job,
            jobs=1,
            threads=self.threads,
            timeout_seconds=self.timeout_seconds,
            memory_bytes=self.memory_bytes,
            folder=self.folder,
        )


class Actor:
    """An actor of the cluster; it keeps its worker, and with it the encoder, as long as it lives."""

    def __init__(self, settings: ActorSettings) -> None:
        self._pool = settings.start_pool()

    def __call__(self, block: Mapping[str, Any]) -> dict[str, list[bytes]]:
        """Return the lines of the files whose paths, as bytes, are given."""
        paths = [os.fsdecode(path) for path in block["path"]]
        return {"line": [line_of(record) for record in self._pool.records(paths) if record is not None]}


class RayEngine:
    """A Ray cluster that shares out files among its actors.

    Attributes:
        settings: What the results have in common.
    """

    def __init__(
        self,
        job: Job,
        *,
        address: str | None,
        jobs: int | None,
        threads: int | None,
        gpus: float,
        timeout_seconds: float,
        memory_bytes: int | None,
    ) -> None:
        """Join the cluster and load the encoder there once, for its facts.

        Args:
            job: What is done to every file.
            address: Of the cluster; None starts one on this machine.
            jobs: Actors; None for one a core.
            threads: Of each; None shares out the cores of this machine.
            gpus: GPUs that each actor holds; fractions are allowed.
            timeout_seconds: Longest time for one file.
            memory_bytes: Most resident memory of a worker, or None.

        Raises:
            PlanError: Ray is not installed, there is no cluster, or there is no such encoder.
            EncoderError: Its weights are missing or altered where the actors are.
        """
        self._ray = load_ray(new=address is None)
        self._scratch = tempfile.mkdtemp(prefix="tokcomp-ray-") if address is None else None
        try:
            connect(self._ray, address, self._scratch)
            self.threads = threads or max(1, cores() // (jobs or cores()))
            self.jobs = jobs or max(1, int(self._ray.cluster_resources().get("CPU", 1)) // self.threads)
            self._resources = {"num_cpus": self.threads, "num_gpus": gpus}
            folder = os.getcwd()  # noqa: PTH109
            self._actor = ActorSettings(job, folder, self.threads, timeout_seconds, memory_bytes)
            self.settings = self._settings()
        except BaseException:
            self.close()
            raise

    def records(self, paths: Sequence[str]) -> Iterator[Document | None]:
        """Yield a record for each path, in the order they are done; None at least every half second.

        Raises:
            EncoderError: The cluster could not finish.
        """
        if not paths:
            return
        lines: SimpleQueue[bytes | Exception | None] = SimpleQueue()
        threading.Thread(target=self._fill, args=(paths, lines), daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=BEAT_SECONDS)
            except Empty:
                yield None
                continue
            if line is None:
                return
            if isinstance(line, Exception):
                raise EncoderError(f"Ray could not finish the batch: {line}; go on with `resume`") from line
            yield cast("Document", json.loads(line))

    def current(self) -> list[str]:
        """Return nothing: actors do not report what they work on."""
        return []

    def close(self) -> None:
        """Leave the cluster, and end it where it was started here."""
        self._ray.shutdown()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _fill(self, paths: Sequence[str], lines: "SimpleQueue[bytes | Exception | None]") -> None:
        """Put the lines of all files into the queue as they come, or an error, then None."""
        data = self._ray.data
        try:
            items = [{"path": os.fsencode(path)} for path in paths]
            blocks = data.from_items(items, override_num_blocks=min(len(items), MOST_BLOCKS))
            done = blocks.map_batches(
                Actor,
                fn_constructor_args=(self._actor,),
                batch_size=None,
                compute=data.ActorPoolStrategy(size=min(self.jobs, len(items))),
                **self._resources,
            )
            for row in done.iter_rows():
                lines.put(row["line"])
        except Exception as error:  # any error: the reader of the queue must learn of it
            lines.put(error)
        lines.put(None)

    def _settings(self) -> SettingsHash:
        """Return the hash that a worker on the cluster computes.

        Raises:
            TokcompError: As `WorkerPool`.
        """
        remote = self._ray.remote(**self._resources)(_settings_of)
        try:
            return cast("SettingsHash", self._ray.get(remote.remote(self._actor)))
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, TokcompError):
                raise error.cause from None
            raise


def _settings_of(actor: ActorSettings) -> SettingsHash:
    pool = actor.start_pool()
    pool.close()
    return pool.settings
