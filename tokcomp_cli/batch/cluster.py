"""Workers on a Ray cluster: the same crew of one in each actor, so that the records are the same."""

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from queue import Empty, SimpleQueue
from typing import Any, cast

from tokcomp_cli import errors
from tokcomp_cli.batch.crew import BEAT_SECONDS, Crew
from tokcomp_cli.batch.job import Job, Stamp
from tokcomp_cli.batch.member import cores
from tokcomp_cli.batch.ray_library import join, load_ray
from tokcomp_cli.batch.record import line_of
from tokcomp_cli.errors import EncoderError, TokcompError
from tokcomp_cli.media.wire import Message
from tokcomp_cli.render.schema import Document

MOST_BLOCKS = 10_000  # tasks of a batch; above it a task has several files


@dataclass(frozen=True, slots=True)
class Share:
    """What one actor is given.

    Attributes:
        job: As a message: actors are other processes, maybe on other machines.
        folder: Where relative paths start.
        threads: That it computes on.
        timeout_seconds: Longest time for one file.
        memory_bytes: Most that its worker may hold, or None.
    """

    job: Message
    folder: str
    threads: int
    timeout_seconds: float
    memory_bytes: int | None

    def crew(self) -> Crew:
        """Return the worker, its encoder loaded."""
        return Crew(
            Job.of_message(self.job),
            jobs=1,
            threads=self.threads,
            timeout_seconds=self.timeout_seconds,
            memory_bytes=self.memory_bytes,
            folder=self.folder,
        )


class Actor:
    """One place of the cluster; it holds a worker, and with it the encoder, for as long as it lives."""

    def __init__(self, share: Share) -> None:
        self._crew = share.crew()

    def __call__(self, block: Mapping[str, Any]) -> dict[str, list[bytes]]:
        """Return the lines of the files whose paths, as bytes, are given."""
        paths = [os.fsdecode(path) for path in block["path"]]
        return {"line": [line_of(record) for record in self._crew.records(paths) if record is not None]}


class Cluster:
    """A Ray cluster that shares out files among its actors.

    Attributes:
        stamp: What the results have in common.
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
        """Join the cluster and learn from it what the encoder is.

        Args:
            job: What is done to every file.
            address: Of the cluster; None starts one on this machine.
            jobs: Actors; None for as many as there are cores.
            threads: Of each; None shares out the cores of this machine.
            gpus: That each actor holds; a part of one is allowed.
            timeout_seconds: Longest time for one file.
            memory_bytes: Most that a worker may hold, or None.

        Raises:
            PlanError: Ray is not installed or not there, or there is no such encoder.
            EncoderError: Its weights are missing or altered where the actors are.
        """
        self._ray = load_ray(new=address is None)
        self._scratch = tempfile.mkdtemp(prefix="tokcomp-ray-") if address is None else None
        try:
            join(self._ray, address, self._scratch)
            self.threads = threads or max(1, cores() // (jobs or cores()))
            self.jobs = jobs or max(1, int(self._ray.cluster_resources().get("CPU", 1)) // self.threads)
            self._takes = {"num_cpus": self.threads, "num_gpus": gpus}
            self._share = Share(job.message(), os.getcwd(), self.threads, timeout_seconds, memory_bytes)  # noqa: PTH109
            self.stamp = self._stamp()
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
                raise EncoderError(f"Ray could not finish the batch: {line}; go on with --resume") from line
            yield cast("Document", json.loads(line))

    def current(self) -> list[str]:
        """Return nothing: the actors keep to themselves what they work on."""
        return []

    def close(self) -> None:
        """Leave the cluster, and end it where it was started here."""
        self._ray.shutdown()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _fill(self, paths: Sequence[str], lines: "SimpleQueue[bytes | Exception | None]") -> None:
        """Put the lines of all files into the queue as they come, then None, or what went wrong."""
        data = self._ray.data
        try:
            items = [{"path": os.fsencode(path)} for path in paths]
            blocks = data.from_items(items, override_num_blocks=min(len(items), MOST_BLOCKS))
            done = blocks.map_batches(
                Actor,
                fn_constructor_args=(self._share,),
                batch_size=None,
                compute=data.ActorPoolStrategy(size=min(self.jobs, len(items))),
                **self._takes,
            )
            for row in done.iter_rows():
                lines.put(row["line"])
        except Exception as error:  # whatever it is, who reads the queue must hear of it
            lines.put(error)
        lines.put(None)

    def _stamp(self) -> Stamp:
        """Return the stamp that a worker on the cluster finds."""
        remote = self._ray.remote(**self._takes)(_stamp_of)
        found: dict[str, Any] = self._ray.get(remote.remote(self._share))
        if "refused" in found:
            kind = getattr(errors, found["refused"], EncoderError)
            raise kind(found["message"])
        return Stamp(**found)


def _stamp_of(share: Share) -> dict[str, object]:
    try:
        crew = share.crew()
    except TokcompError as error:
        return {"refused": type(error).__name__, "message": str(error)}
    crew.close()
    return asdict(crew.stamp)
