"""The options that only `tokcomp batch` takes."""

from typing import Annotated

import typer

Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, folders (with -r) and patterns as 'photos/**/*.jpg'.", show_default=False, metavar="PATH"
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Where to: .jsonl, .csv, .parquet, or - for stdout.",
        show_default=False,
    ),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with an output; skip what it holds.")]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="As --resume, and try files again that failed.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        help="Workers at a time. [default: by cores and memory]",
        envvar="TOKCOMP_JOBS",
        show_envvar=False,
        show_default=False,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="Longest time for one file, which then counts as failed.",
        envvar="TOKCOMP_TIMEOUT",
        show_envvar=False,
    ),
]
Summary = Annotated[
    str | None,
    typer.Option("--summary", metavar="FILE.json", help="Write the summary there too.", show_default=False),
]
FilesFrom = Annotated[
    str | None,
    typer.Option(
        "--files-from",
        metavar="FILE|-",
        help="Read more paths from a list; - is standard input.",
        show_default=False,
    ),
]
Zero = Annotated[bool, typer.Option("--null", "-0", help="With --files-from: zero bytes end the paths.")]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        help="Threads of each worker. [default: cores / jobs]",
        envvar="TOKCOMP_THREADS",
        show_envvar=False,
        show_default=False,
    ),
]
Memory = Annotated[
    float | None,
    typer.Option(
        "--memory",
        metavar="GB",
        help="Most memory of a worker. [default: no limit]",
        envvar="TOKCOMP_MEMORY",
        show_envvar=False,
        show_default=False,
    ),
]
Maps = Annotated[bool, typer.Option("--maps", help="Add the token of each patch to each record.")]
SaveFolder = Annotated[
    str | None,
    typer.Option(
        "--save", metavar="FOLDER", help="Write the kept tokens of each file there.", show_default=False
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="local|ray",
        help="Workers here, or on a Ray cluster.",
        envvar="TOKCOMP_ENGINE",
        show_envvar=False,
    ),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray-address",
        metavar="ADDRESS",
        help="Cluster to use. [default: a new one on this machine]",
        envvar="TOKCOMP_RAY_ADDRESS",
        show_envvar=False,
        show_default=False,
    ),
]
RayGpus = Annotated[
    float,
    typer.Option(
        "--ray-gpus", help="GPUs of each worker on the cluster.", envvar="TOKCOMP_RAY_GPUS", show_envvar=False
    ),
]
