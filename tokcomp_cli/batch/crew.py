"""Workers on this machine: each a process that may hang, crash or be killed without harm to the rest."""

import selectors
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, cast

from tokcomp_cli.batch.host import Host, refusal
from tokcomp_cli.batch.hosted import facts_of
from tokcomp_cli.batch.job import Job, Stamp, stamp
from tokcomp_cli.batch.member import START_SECONDS, Member, cores
from tokcomp_cli.batch.record import Trouble, record_of
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.memory import available_bytes
from tokcomp_cli.errors import EncoderError
from tokcomp_cli.media.wire import Message
from tokcomp_cli.render.schema import Document

BEAT_SECONDS, LOOK_SECONDS = 0.5, 0.05
FRAMES_BYTES = 300_000_000  # what a worker is granted on top of its encoder, for pictures and stages
MOST_FALSE_STARTS = 3


class Crew:
    """Workers that share out files among themselves.

    Attributes:
        jobs: Workers at most.
        threads: Threads each of them computes on.
        stamp: What their results have in common.
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
        early: Sequence[Member] = (),
        shared: bool | None = None,
    ) -> None:
        """Start the first worker and wait until its encoder is loaded.

        Args:
            job: What is done to every file.
            jobs: Workers; None for one a core, as far as memory goes.
            threads: Of each; None shares out the cores.
            timeout_seconds: Longest time for one file.
            memory_bytes: Most that a worker may hold, or None.
            folder: Where relative paths start, where that is not the current folder.
            early: Workers that were started already.
            shared: Whether one process holds the encoder for all; None does so off the CPU, where there
                is one device and many cores that decode.

        Raises:
            PlanError: There is no such encoder, or it cannot be run so.
            EncoderError: Its weights are missing or altered, or workers do not come up.
        """
        self._first: Message = {**job.message(), "folder": folder, "encoder_at": None}
        self._timeout_seconds, self._memory_bytes = timeout_seconds, memory_bytes
        self._members: list[Member] = []
        self._selector = selectors.DefaultSelector()
        self._false_starts = 0
        self._facts: EncoderFacts | None = None
        self._host: Host | None = None
        self.stamp: Stamp
        self.jobs = jobs or 1
        self.threads = threads or 1
        try:
            if shared or (shared is None and job.plan.encoder.device != "cpu" and jobs != 1):
                self._host = Host(job)
                self._first["encoder_at"] = self._host.place
            for member in early or [Member()]:
                self._take(member)
            while self._facts is None:
                self._step()
                if not self._members:
                    self._take(Member())
        except BaseException:
            self.close()
            raise
        self.stamp = stamp(job, self._facts)
        self.jobs = jobs or min(cores(), self._fitting())
        self.threads = threads or max(1, cores() // self.jobs)
        for member in self._members[self.jobs :]:
            self._forget(member)
            member.end()

    def records(self, paths: Sequence[str]) -> Iterator[Document | None]:
        """Yield a record for each path, in the order they are done; None at least every half second.

        Raises:
            EncoderError: Workers do not come up any more.
        """
        waiting = deque(paths)
        self._hand_out(waiting)
        while waiting or self.current():
            done = self._step()
            self._hand_out(waiting)  # before anybody looks at what is done: no worker waits for that
            yield from done
            yield None

    def _hand_out(self, waiting: deque[str]) -> None:
        """Give files to workers that are free, and start workers where there are files for them."""
        for member in self._members:
            if waiting and self._idle(member):
                member.hand(waiting.popleft(), threads=self.threads, timeout_seconds=self._timeout_seconds)
        coming = sum(not member.ready for member in self._members)
        for _ in range(min(len(waiting) - coming, self.jobs - len(self._members))):
            self._take(Member())

    def current(self) -> list[str]:
        """Return the paths that are worked on."""
        return [member.path for member in self._members if member.path is not None]

    def close(self) -> None:
        """End all workers at once."""
        for member in self._members:
            member.end()
        self._members.clear()
        if self._host is not None:
            self._host.close()
        self._selector.close()

    def _take(self, member: Member) -> None:
        """Put a worker on the list and tell it what is to be done."""
        self._members.append(member)
        self._selector.register(member, selectors.EVENT_READ)
        member.brief(self._first)

    def _step(self) -> list[Document]:
        """Wait for answers, half a second at most, and return the records that they make."""
        now = time.monotonic()
        until = min([member.deadline for member in self._members if not self._idle(member)], default=now + 1)
        beat = BEAT_SECONDS if self._memory_bytes is None else LOOK_SECONDS
        heard = self._selector.select(min(max(until - now, 0.0), beat))
        done = [self._hear(cast("Member", key.fileobj)) for key, _ in heard]
        done += [self._watch(member) for member in [*self._members] if not self._idle(member)]
        return [record for record in done if record is not None]

    def _watch(self, member: Member) -> Document | None:
        """Return the record of a worker that took too much time or memory and was ended, or None."""
        if time.monotonic() >= member.deadline:
            return self._give_up(member, Trouble("timeout", self._too_long(member)))
        if self._memory_bytes is not None and (member.resident_bytes() or 0) > self._memory_bytes:
            message = f"it took more than --memory {self._memory_bytes / 1e9:g} GB and was stopped"
            return self._give_up(member, Trouble("memory", message))
        return None

    def _hear(self, member: Member) -> Document | None:
        """Return the record that a worker's answer or end makes, or None."""
        try:
            message = member.hear()
        except EOFError:
            return self._bury(member)
        if message is None:
            return None
        if "facts" in message or "refused" in message:
            self._welcome(member, message)
            return None
        found = cast("dict[str, Any]", message.get("found"))
        outcome = found if found is not None else Trouble(**cast("dict[str, str]", message["trouble"]))
        if isinstance(outcome, Trouble) and outcome.type == "encoder" and self._host is not None:
            self._host.check()  # no fault of the file where the encoder is gone for all
        return self._record(member, outcome)

    def _welcome(self, member: Member, message: Message) -> None:
        """Take in what a worker says of its encoder, or why it has none."""
        if "refused" in message:
            raise refusal(message)
        self._facts = facts_of(message)
        member.ready, self._false_starts = True, 0

    def _record(self, member: Member, outcome: Document | Trouble) -> Document:
        """Return the record of the file that a worker had, which is then idle."""
        path = cast("str", member.path)
        member.path = None
        return record_of(path, member.seen, self.stamp, outcome)

    def _bury(self, member: Member) -> Document | None:
        """Take a worker that has ended off the list; return the record of the file that it took along."""
        self._forget(member)
        trouble = member.why_ended()
        if member.path is not None:
            return self._record(member, trouble)
        if not member.ready:
            self._false_starts += 1
        if self._false_starts >= MOST_FALSE_STARTS:
            raise EncoderError(
                f"workers were expected to start, but {trouble.message.partition(' while')[0]} "
                f"{self._false_starts} times in a row; use fewer --jobs, or look with tokcomp doctor"
            )
        return None

    def _give_up(self, member: Member, trouble: Trouble) -> Document:
        """End a worker that takes too much; return the record of its file.

        Raises:
            EncoderError: It has none: the encoder alone is too much.
        """
        self._forget(member)
        member.end()
        if not member.ready:
            raise EncoderError(f"a worker was expected to load the encoder, but {trouble.message}")
        return self._record(member, trouble)

    def _too_long(self, member: Member) -> str:
        if not member.ready:
            return f"it took longer than {START_SECONDS:g} s"
        return (
            f"it took longer than --timeout {self._timeout_seconds:g} s and was stopped; raise --timeout, or "
            "the file is damaged"
        )

    def _forget(self, member: Member) -> None:
        self._selector.unregister(member)
        self._members.remove(member)

    def _idle(self, member: Member) -> bool:
        return member.ready and member.path is None

    def _fitting(self) -> int:
        """Return how many workers the memory holds, the one that is there included."""
        free = available_bytes()
        held = max(member.resident_bytes() or 0 for member in self._members)
        return 1 << 10 if free is None or not held else 1 + free // (held + FRAMES_BYTES)
