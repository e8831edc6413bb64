"""`tokcomp batch`: many files, one line each, whatever becomes of them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tokcomp_cli.cli import batch_options as b
from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.encoder_options import found
from tokcomp_cli.cli.for_model import ForModel, ModelsFile, wanted_model
from tokcomp_cli.cli.interrupts import stopping
from tokcomp_cli.cli.pages import Force, Html, check_page, write_text
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.request import about_config
from tokcomp_cli.errors import ExitCode, OutputError, PlanError

if TYPE_CHECKING:
    from tokcomp_cli.batching.job import Job
    from tokcomp_cli.batching.run_batch import Engine
    from tokcomp_cli.batching.worker_process import WorkerProcess
    from tokcomp_cli.core.results.batch import BatchSummary
    from tokcomp_cli.core.results.cost import BeforeAfter
    from tokcomp_cli.cost.model import CostModel

DECODING_SECONDS = 5.0  # a file's own time is over before that of the process that decodes it


def batch(
    context: typer.Context,
    paths: b.Inputs = None,
    output: b.Output = None,
    recursive: o.Recursive = False,
    resume: b.Resume = False,
    retry_failed: b.RetryFailed = False,
    jobs: b.Jobs = None,
    timeout: b.Timeout = 600.0,
    summary: b.Summary = None,
    files_from: b.FilesFrom = None,
    zero: b.Zero = False,
    match: o.Match = None,
    fail_under: o.FailUnder = None,
    threads: b.Threads = None,
    memory: b.Memory = None,
    maps: b.Maps = False,
    html: Html = None,
    force: Force = False,
    save: b.SaveFolder = None,
    engine: b.EngineName = "local",
    ray_address: b.RayAddress = None,
    ray_gpus: b.RayGpus = 0.0,
    for_model: ForModel = None,
    models_file: ModelsFile = None,
    **given: object,
) -> None:
    """Analyze many files; keep one record of each.

    Broken files and crashes become records too. Lines of OUT.jsonl come in the order in which files are done;
    OUT.csv or OUT.parquet is a table made from the OUT.jsonl beside it; - is standard output.

    \b
    tokcomp batch -r photos/ -o out.jsonl              # killed? the same with --resume goes on
    tokcomp batch *.mp4 --budget 25% -o table.csv
    find . -name '*.jpg' -print0 | tokcomp batch --files-from - -0 -o out.jsonl
    tokcomp summarize out.jsonl                        # what it all comes to
    """
    if about_config(context):
        return
    start = time.perf_counter()
    from tokcomp_cli.batching.inputs import gather, read_list
    from tokcomp_cli.batching.output_paths import check_summary, output_paths
    from tokcomp_cli.batching.worker_process import start_early
    from tokcomp_cli.cli.batch_progress import watching

    b.check_batch(context)
    if summary is not None:
        check_summary(summary)
    model = wanted_model(context)
    sent: list[BeforeAfter] = []
    outputs = output_paths(str(output))
    if check_page(context, paths or []) and outputs.lines is None:
        raise PlanError("--html is made of the lines in a file; name one with -o, not -")
    listed = read_list(files_from, null=zero) if files_from else []
    excluded = [*outputs.files, *(one for one in (summary, html) if one)]
    inputs = gather(paths or [], listed=listed, recursive=recursive, match=match or [], excluded=excluded)
    if not inputs:
        raise PlanError("no file is there to do; name files, folders with -r, or --files-from")
    early = start_early(jobs, len(inputs)) if engine == "local" else []
    with _ended(early), stopping() as stopped:
        from tokcomp_cli.batching.run_batch import run_batch

        job = _job(context)
        with watching(quiet=context.params["quiet"]) as display:
            come_to, trouble = run_batch(
                inputs,
                outputs,
                lambda: _for_model(_engine(context, job, early), model, sent),
                resume=resume,
                retry_failed=retry_failed,
                display=display,
                stopped=stopped,
            )
    try:
        _present(context, come_to, time.perf_counter() - start)
        _tell_cost(sent, quiet=context.params["quiet"])
        if html is not None and outputs.lines is not None:
            _write_page(context, str(outputs.lines), html)
    finally:
        if trouble is not None:  # it came first, whatever else cannot be written now
            raise trouble
    raise typer.Exit(ExitCode.INTERRUPTED if stopped() else _exit_code(come_to, fail_under))


def _for_model(engine: "Engine", model: "CostModel | None", sent: "list[BeforeAfter]") -> "Engine":
    if model is None:
        return engine
    from tokcomp_cli.batching.for_model import ForModelEngine

    return ForModelEngine(engine, model, sent)


def _tell_cost(sent: "list[BeforeAfter]", *, quiet: bool) -> None:
    """Tell on stderr what the files of this run cost together before and after."""
    if sent and not quiet:
        from tokcomp_cli.cost.before_after import together
        from tokcomp_cli.render.before_after import before_after_text

        typer.echo(before_after_text(together(sent)), err=True)


def _job(context: typer.Context) -> "Job":
    """Return what is done to every file."""
    from tokcomp_cli.batching.job import Job

    given, plan = context.params, plan_of(context)
    encoder = found(plan.encoder, quiet=given["quiet"])
    timeout = max(plan.decoding.timeout_seconds, given["timeout"] + DECODING_SECONDS)
    plan = plan.but(encoder=encoder.name, decode_timeout=timeout)
    return Job(plan, maps=given["maps"], save=given["save"])


def _engine(context: typer.Context, job: "Job", early: "list[WorkerProcess]") -> "Engine":
    """Return the engine asked for, started; workers that were started early are its own from now on."""
    given = context.params
    share = {
        "jobs": given["jobs"],
        "threads": given["threads"],
        "timeout_seconds": given["timeout"],
        "memory_bytes": None if given["memory"] is None else int(given["memory"] * 1e9),
    }
    if given["engine"] == "ray":
        from tokcomp_cli.batching.ray_engine import RayEngine

        return RayEngine(job, address=given["ray_address"], gpus=given["ray_gpus"], **share)
    from tokcomp_cli.batching.worker_pool import WorkerPool

    workers, early[:] = early[:], []
    return WorkerPool(job, **share, early=workers)


@contextmanager
def _ended(early: "list[WorkerProcess]") -> Iterator[None]:
    """End workers that were started early and that no engine has taken."""
    try:
        yield
    finally:
        for worker in early:
            worker.end()


def _present(context: typer.Context, come_to: "BatchSummary", seconds: float) -> None:
    """Tell what the batch came to, where it is asked for."""
    from tokcomp_cli.core.files import write_whole
    from tokcomp_cli.render.console.batch import batch_page
    from tokcomp_cli.render.console.terminal import make_console, print_page
    from tokcomp_cli.render.schema.batch import summary_document
    from tokcomp_cli.render.schema.document import dumps

    document = dumps(summary_document(come_to, {"total": seconds * 1000}))
    if not context.params["quiet"]:
        print_page(batch_page(come_to), make_console(stderr=True))
    if context.params["as_json"]:
        typer.echo(document)
    if context.params["summary"]:
        try:
            write_whole(Path(context.params["summary"]), document.encode() + b"\n")
        except PlanError as error:
            raise OutputError(f"{error}; the records are kept") from error


def _write_page(context: typer.Context, lines: str, target: str) -> None:
    from tokcomp_cli.report.documents import read_documents
    from tokcomp_cli.report.make_page import page_of

    write_text(target, page_of(read_documents([lines])), quiet=context.params["quiet"])


def _exit_code(come_to: "BatchSummary", fail_under: float | None) -> ExitCode:
    if come_to.failed:
        return ExitCode.SOME_FAILED if come_to.ok else ExitCode.FAILED
    least = come_to.explained.least if come_to.explained else 1.0
    return ExitCode.BELOW_TARGET if fail_under is not None and least < fail_under else ExitCode.OK
