"""A batch from its inputs to its summary."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Protocol

from tokcomp_cli.batching.job import SettingsHash
from tokcomp_cli.batching.jsonl_writer import JsonlWriter, RecordWriter, StdoutWriter
from tokcomp_cli.batching.output_paths import OutputPaths
from tokcomp_cli.batching.resume import Remaining, remaining
from tokcomp_cli.batching.summary import RunningSummary
from tokcomp_cli.batching.table_writer import write_table
from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.batch import BatchSummary
from tokcomp_cli.errors import OutputError, PlanError
from tokcomp_cli.render.schema.document import Document


class Engine(Protocol):
    """What makes records of files: workers on this machine, or a Ray cluster."""

    settings: SettingsHash

    def records(self, paths: Sequence[str]) -> Iterator[Document | None]:
        """Yield a record for each path, in the order they are done; None every now and then."""

    def current(self) -> list[str]:
        """Return the paths that are worked on, where that is known."""

    def close(self) -> None:
        """End all work at once."""


class ProgressDisplay(Protocol):
    """Shows how far a batch is."""

    def begin(self, total: int, summary: RunningSummary) -> None:
        """Take the number of inputs, and the summary that will grow."""

    def beat(self, current: list[str]) -> None:
        """Take the paths that are worked on; called at least twice a second."""


class NoDisplay:
    """Shows nothing."""

    def begin(self, total: int, summary: RunningSummary) -> None:
        """Do nothing."""

    def beat(self, current: list[str]) -> None:
        """Do nothing."""


def run_batch(
    paths: Sequence[str],
    output: OutputPaths,
    start_engine: Callable[[], Engine],
    *,
    resume: bool,
    retry_failed: bool,
    display: ProgressDisplay,
    stopped: Callable[[], bool],
) -> tuple[BatchSummary, Exception | None]:
    """Return the summary of the batch, and the error that ended it early, if any did.

    Args:
        paths: Inputs, each once.
        output: Where the records go.
        start_engine: Called once the output is open and locked.
        resume: Whether to continue an existing output.
        retry_failed: Whether to go on with it and try its failures again.
        display: Shows how far it is.
        stopped: Whether to stop, asked at least twice a second.

    Raises:
        PlanError: The output cannot be written, or holds records that do not go with the new ones.
        EncoderError: The encoder cannot be loaded.
    """
    with (
        closing(_open(output, resume=resume or retry_failed)) as writer,
        closing(start_engine()) as engine,
    ):
        summary, left = RunningSummary(), Remaining(list(paths))
        if isinstance(writer, JsonlWriter) and len(writer):
            left = remaining(writer, paths, engine.settings, retry_failed=retry_failed)
            writer.cut_torn_line()
            for number, record in enumerate(writer):
                if number in left.valid:
                    summary.add(record, skipped=True)
            writer.delete(left.stale)
        display.begin(len(paths), summary)
        error = _write_records(engine, left.pending, writer, summary, display, stopped)
        if output.table is not None and isinstance(writer, JsonlWriter):
            try:
                write_table(writer, output.table)
            except OutputError as table_error:
                error = error or table_error
    return summary.result(len(paths)), error


def _write_records(
    engine: Engine,
    pending: Sequence[str],
    writer: RecordWriter,
    summary: RunningSummary,
    display: ProgressDisplay,
    stopped: Callable[[], bool],
) -> Exception | None:
    """Write a record for each path until it is stopped or fails; return the error."""
    try:
        for record in engine.records(pending):
            if record is not None:
                writer.append(record)
                summary.add(record)
            display.beat(engine.current())
            if stopped():
                break
    except BrokenPipeError:
        raise
    except Exception as error:  # any error: the records so far are kept and summed up
        return error
    return None


def _open(output: OutputPaths, *, resume: bool) -> RecordWriter:
    """Return the writer of the records.

    Raises:
        PlanError: The output cannot be written, or is there already.
    """
    if output.lines is None:
        if resume:
            raise PlanError("`resume` and `retry_failed` go on with a file; name one as `output`")
        return StdoutWriter()
    writer = JsonlWriter(output.lines)
    shown, lines = printable(str(output.table or output.lines)), printable(str(output.lines))
    refused = None
    if not len(writer) and output.table is not None and output.table.exists():
        refused = f"'{shown}' is there without '{lines}', of which a batch makes it; name another output"
    if not resume and len(writer):
        refused = f"'{shown}' holds results already; `resume` goes on with it, or name another output"
    if refused:
        writer.close()
        raise PlanError(refused)
    return writer
