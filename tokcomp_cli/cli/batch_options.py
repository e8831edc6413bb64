"""The options that only `tokcomp batch` takes, and what is checked of them before any work."""

from pathlib import Path
from typing import Annotated

import typer

from tokcomp_cli.cli.request import check_fail_under
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError, near

ENGINES = ("local", "ray")
MOST_JOBS = 256

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


def check_batch(context: typer.Context) -> None:
    """Check options that no other room checks.

    Raises:
        PlanError: One cannot be done.
    """
    given = context.params
    if given["output"] is None:
        raise PlanError("name an output with -o, as: tokcomp batch -r photos/ -o out.jsonl")
    if given["output"] == "-" and given["as_json"]:
        raise PlanError("--json prints the summary to standard output, and so does -o - the lines; take one")
    if given["zero"] and not given["files_from"]:
        raise PlanError("-0 says how the paths in --files-from are separated; add --files-from")
    check_fail_under(given["fail_under"])
    for name, most in (("jobs", MOST_JOBS), ("threads", MOST_JOBS), ("memory", 1 << 20)):
        if given[name] is not None and not 0 < given[name] <= most:
            raise PlanError(f"--{name} takes a number above 0 and at most {most:,}; got {given[name]:g}")
    if given["match"] and not given["recursive"]:
        raise PlanError("--match chooses among the files of folders; add -r")
    if given["engine"] not in ENGINES:
        name = given["engine"]
        raise PlanError(f"--engine takes {' or '.join(ENGINES)}; got {name!r}{near(name, ENGINES)}")
    if given["engine"] == "local" and (given["ray_address"] or given["ray_gpus"]):
        raise PlanError("--ray-address and --ray-gpus go with --engine ray")
    if given["save"] is not None and not Path(given["save"]).is_dir():
        raise PlanError(f"--save takes an existing folder; got '{printable(given['save'])}'")
