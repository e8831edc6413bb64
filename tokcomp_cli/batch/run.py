"""A batch from its inputs to its summary."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Protocol

from tokcomp_cli.batch.job import Stamp
from tokcomp_cli.batch.journal import Journal, Sink, Stream
from tokcomp_cli.batch.manifest import Manifest, fresh, resumed
from tokcomp_cli.batch.output import Place
from tokcomp_cli.batch.table import write_table
from tokcomp_cli.batch.tally import Tally
from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.batch import BatchSummary
from tokcomp_cli.errors import OutputError, PlanError
from tokcomp_cli.render.schema import Document


class Engine(Protocol):
    """What makes records of files: workers on this machine, or a cluster."""

    stamp: Stamp

    def records(self, paths: Sequence[str]) -> Iterator[Document | None]:
        """Yield a record for each path, in the order they are done; None every now and then."""

    def current(self) -> list[str]:
        """Return the paths that are worked on, where that is known."""

    def close(self) -> None:
        """End all work at once."""


class Watch(Protocol):
    """Who is told how far a batch is."""

    def begin(self, total: int, tally: Tally) -> None:
        """Hear how many inputs there are, and what was done before."""

    def beat(self, current: list[str]) -> None:
        """Hear, at least twice a second, what is worked on; the tally has the rest."""


def run_batch(
    paths: Sequence[str],
    place: Place,
    engine: Callable[[], Engine],
    *,
    resume: bool,
    retry_failed: bool,
    watch: Watch,
    stopped: Callable[[], bool],
) -> tuple[BatchSummary, Exception | None]:
    """Return what the batch comes to, and what cut it short, if anything did.

    Args:
        paths: Inputs, each once.
        place: Where the records go.
        engine: Starts what makes them, once the output is known to be ours.
        resume: Whether to go on with an output that is there.
        retry_failed: Whether to try failures of earlier runs again.
        watch: Is told how far it is.
        stopped: Whether to stop, asked at least twice a second.

    Raises:
        PlanError: The output cannot be written, or holds what may not stand beside the new records.
        EncoderError: The encoder cannot be loaded.
    """
    sink = _open(place, resume=resume or retry_failed)
    with closing(sink), closing(engine()) as running:
        manifest = fresh(paths)
        if isinstance(sink, Journal) and len(sink):
            manifest = resumed(sink, paths, running.stamp, retry_failed=retry_failed)
            sink.mend()
        tally = _kept(sink, manifest)
        if isinstance(sink, Journal):
            sink.drop(manifest.stale)
        watch.begin(len(paths), tally)
        trouble = _work(running, manifest.pending, sink, tally, watch, stopped)
        if place.table is not None and isinstance(sink, Journal):
            try:
                write_table(sink, place.table)
            except OutputError as error:
                trouble = trouble or error
    return tally.summary(len(paths)), trouble


def _work(
    engine: Engine,
    pending: Sequence[str],
    sink: Sink,
    tally: Tally,
    watch: Watch,
    stopped: Callable[[], bool],
) -> Exception | None:
    """Write a record for each path until it is stopped or something breaks; return what broke."""
    try:
        for record in engine.records(pending):
            if record is not None:
                sink.append(record)
                tally.add(record)
            watch.beat(engine.current())
            if stopped():
                break
    except BrokenPipeError:
        raise
    except Exception as error:  # whatever it is, what is done stays and is summed up
        return error
    return None


def _open(place: Place, *, resume: bool) -> Sink:
    """Return the sink at a place.

    Raises:
        PlanError: It cannot be written, or is there already.
    """
    if place.lines is None:
        if resume:
            raise PlanError("--resume and --retry-failed go on with a file; name one with -o")
        return Stream()
    journal = Journal(place.lines)
    if not len(journal) and place.table is not None and place.table.exists():
        journal.close()
        shown, lines = printable(str(place.table)), printable(str(place.lines))
        raise PlanError(
            f"'{shown}' is there without '{lines}', of which a batch makes it; name another output"
        )
    if not resume and len(journal):
        journal.close()
        shown = printable(str(place.table or place.lines))
        raise PlanError(f"'{shown}' holds results already; --resume goes on with it, or name another output")
    return journal


def _kept(sink: Sink, manifest: Manifest) -> Tally:
    """Return the tally of the records that stand."""
    tally = Tally()
    if isinstance(sink, Journal) and manifest.kept:
        for number, record in enumerate(sink):
            if number in manifest.kept:
                tally.add(record, skipped=True)
    return tally
