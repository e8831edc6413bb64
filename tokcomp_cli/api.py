"""The public names of the library: `import tokcomp_cli as tokcomp`.

Functions take settings by the names that the command line has (`budget="25%"`, `fps=4`, `spatial="tome"`),
or a `Plan`. An encoder is loaded once and kept; one of your own may be passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tokcomp_cli import compress
from tokcomp_cli.asking.plan import AskPlan
from tokcomp_cli.asking.run import ask
from tokcomp_cli.batching.run_batch import NoDisplay
from tokcomp_cli.comparison.result import ComparisonResult
from tokcomp_cli.compress import Compressed, Method, TokenSet, unmerge
from tokcomp_cli.compress.module import Compress
from tokcomp_cli.core.results.analysis import Analysis, Fidelity, StageRecord
from tokcomp_cli.core.results.ask import Answered
from tokcomp_cli.core.results.batch import BatchSummary
from tokcomp_cli.core.timing import Progress, unwatched
from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.errors import ContractError, EncoderError, MediaError, ModelError, PlanError, TokcompError
from tokcomp_cli.fidelity.explained import explained
from tokcomp_cli.pipeline.encode_file import EncodedFile
from tokcomp_cli.pipeline.result import Result
from tokcomp_cli.pipeline.save import save_tokens
from tokcomp_cli.plan.budget import DEFAULT_TARGET, Budget, parse_budget
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.vlm.load import load_vlm
from tokcomp_cli.vlm.patch import patch

if TYPE_CHECKING:
    from tokcomp_cli.encoders.base import Encoder

__all__ = [
    "Analysis",
    "Answered",
    "AskPlan",
    "BatchSummary",
    "Budget",
    "ComparisonResult",
    "Compress",
    "Compressed",
    "ContractError",
    "EncodedFile",
    "EncoderError",
    "Fidelity",
    "MediaError",
    "Method",
    "ModelError",
    "Plan",
    "PlanError",
    "Result",
    "StageRecord",
    "TokcompError",
    "TokenSet",
    "analyze",
    "ask",
    "batch",
    "budget",
    "compare",
    "compress",
    "encode",
    "explained",
    "load_encoder",
    "load_vlm",
    "parse_budget",
    "patch",
    "save_tokens",
    "unmerge",
]


def analyze(
    path: str,
    plan: Plan | None = None,
    *,
    encoder: Encoder | str | None = None,
    progress: Progress = unwatched,
    **settings: Any,
) -> Result:
    """Return what a file's tokens shrink to, and what is lost.

    Args:
        path: A local picture or video.
        plan: What to do; None for the defaults.
        encoder: One that is loaded already, or its name; None for that of the plan, which is kept.
        progress: Called with frames done and frames to do.
        **settings: Settings in place of the plan's, as `budget="25%"`.

    Raises:
        TokcompError: With a sentence that says what was expected, what came and what to do.
    """
    from tokcomp_cli.pipeline.run import run

    asked = (plan or Plan()).but(**settings)
    return run(path, asked, _encoder(asked, encoder), progress)


def budget(
    path: str,
    plan: Plan | None = None,
    *,
    target: float = DEFAULT_TARGET,
    encoder: Encoder | str | None = None,
    progress: Progress = unwatched,
    **settings: Any,
) -> Result:
    """Return the analysis with the fewest tokens that keep a target (`result.recommendation`).

    Args:
        path: A local picture or video.
        plan: What to do; None for the defaults.
        target: Share of the content to explain.
        encoder: As in `analyze`.
        progress: As in `analyze`.
        **settings: As in `analyze`.

    Raises:
        TokcompError: As in `analyze`.
    """
    wanted = {"resolution_check": True, "search_chains": True, "target": target, **settings}
    return analyze(path, plan, encoder=encoder, progress=progress, **wanted)


def compare(
    path: str,
    plan: Plan | None = None,
    *,
    methods: str | Sequence[Method] | None = None,
    encoder: Encoder | str | None = None,
    progress: Progress = unwatched,
    **settings: Any,
) -> ComparisonResult:
    """Return every method on the same tokens of a file, beside the controls.

    Args:
        path: A local picture or video.
        plan: What to do; None for the defaults.
        methods: Names as `"ward,tome"`, or methods, beside the controls; None for all.
        encoder: As in `analyze`.
        progress: As in `analyze`.
        **settings: As in `analyze`.

    Raises:
        TokcompError: As in `analyze`.
    """
    from tokcomp_cli.comparison.compare import compare as compare_file
    from tokcomp_cli.comparison.select import choose

    asked = (plan or Plan()).but(**settings)
    chosen = choose(methods) if isinstance(methods, str) else methods
    return ComparisonResult(compare_file(path, asked, _encoder(asked, encoder), progress, chosen=chosen))


def batch(
    paths: Sequence[str],
    output: str,
    plan: Plan | None = None,
    *,
    jobs: int | None = None,
    timeout_seconds: float = 600.0,
    resume: bool = False,
    **settings: Any,
) -> BatchSummary:
    """Return what many files come to; each has a line in the output, whatever becomes of it.

    Files are done in processes of their own, which a file that hangs or crashes does not outlive.

    Args:
        paths: Local pictures and videos.
        output: File to write: `.jsonl`, or `.csv` or `.parquet` beside a `.jsonl`.
        plan: What to do; None for the defaults.
        jobs: Processes at a time; None for one a core, as far as memory goes.
        timeout_seconds: Longest time for one file.
        resume: Whether to continue an existing output.
        **settings: As in `analyze`.

    Raises:
        PlanError: The output cannot be written, or holds other results.
        EncoderError: The encoder cannot be loaded.
    """
    from tokcomp_cli.batching.job import Job
    from tokcomp_cli.batching.output_paths import output_paths
    from tokcomp_cli.batching.run_batch import run_batch
    from tokcomp_cli.batching.worker_pool import WorkerPool
    from tokcomp_cli.encoders import resolved

    asked = (plan or Plan()).but(**{"target": DEFAULT_TARGET, **settings})
    job = Job(asked.but(encoder=resolved(asked.encoder).name))
    summary, error = run_batch(
        list(dict.fromkeys(paths)),
        output_paths(output),
        lambda: WorkerPool(job, jobs=jobs, timeout_seconds=timeout_seconds),
        resume=resume,
        retry_failed=False,
        display=NoDisplay(),
        stopped=lambda: False,
    )
    if error is not None:
        raise error
    return summary


def encode(
    path: str, plan: Plan | None = None, *, encoder: Encoder | str | None = None, **settings: Any
) -> EncodedFile:
    """Return the patch tokens of a file's sampled frames.

    Args:
        path: A local picture or video.
        plan: For the sampling; None for the defaults.
        encoder: As in `analyze`.
        **settings: As in `analyze`.

    Raises:
        PlanError: They do not fit into memory.
        TokcompError: As in `analyze`.
    """
    from tokcomp_cli.pipeline.encode_file import encode_file

    asked = (plan or Plan()).but(**settings)
    return encode_file(path, asked, _encoder(asked, encoder))


def _encoder(plan: Plan, given: Encoder | str | None) -> Encoder:
    from tokcomp_cli.encoders.kept import kept_encoder

    if isinstance(given, str):
        plan, given = plan.but(encoder=given), None
    return kept_encoder(plan.encoder) if given is None else given
