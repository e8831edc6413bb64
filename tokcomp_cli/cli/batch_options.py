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
        help="Where to: .jsonl for one JSON line a file, in the order they are done; .csv or .parquet for "
        "a table, made from FILE.jsonl beside it; - for lines to standard output.",
        show_default=False,
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with an output: skip files that it holds, unchanged.")
]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="As --resume, and try files again that failed.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        help="Workers at a time. [default: one a core, as far as memory goes; one off the CPU]",
        envvar="TOKCOMP_JOBS",
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
        help="Read more paths from a list, one a line; - is standard input.",
        show_default=False,
    ),
]
Zero = Annotated[bool, typer.Option("--null", "-0", help="With --files-from: zero bytes end the paths.")]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        help="Threads of each worker. [default: cores divided by --jobs]",
        envvar="TOKCOMP_THREADS",
        show_default=False,
    ),
]
Memory = Annotated[
    float | None,
    typer.Option(
        "--memory",
        metavar="GB",
        help="Most memory of a worker; a file that needs more counts as failed. [default: no limit]",
        envvar="TOKCOMP_MEMORY",
        show_default=False,
    ),
]
Maps = Annotated[
    bool, typer.Option("--maps", help="Add to each record which token each patch of a merged frame has.")
]
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
        help="Workers on this machine, or on a Ray cluster that sees the same files.",
        envvar="TOKCOMP_ENGINE",
    ),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray-address",
        metavar="ADDRESS",
        help="Cluster to use. [default: a new one on this machine]",
        envvar="TOKCOMP_RAY_ADDRESS",
        show_default=False,
    ),
]
RayGpus = Annotated[
    float,
    typer.Option("--ray-gpus", help="GPUs of each worker on the cluster.", envvar="TOKCOMP_RAY_GPUS"),
]
