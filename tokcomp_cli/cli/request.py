"""From a command's options to plans, results and an exit code."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tokcomp_cli.cli.encoder_options import found
from tokcomp_cli.cli.loading import loading
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.progress import watched
from tokcomp_cli.cli.settings import print_config, write_config
from tokcomp_cli.cli.usage import check_inputs
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import ExitCode, PlanError
from tokcomp_cli.plan.flags import with_flags

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import Analysis, Failure
    from tokcomp_cli.core.results.comparison import Comparison
    from tokcomp_cli.folder.run_files import FileResult
    from tokcomp_cli.plan.plan import Plan


def about_config(context: typer.Context, *, check: Callable[[], object] | None = None) -> bool:
    """Do what `--print-config` or `--write-config` asks and return True, or return False for a real run.

    Args:
        context: Of the command.
        check: Raises PlanError for settings that cannot be done; None for those of an analysis.
    """
    if context.params["print_config"]:
        print_config(context)
        return True
    if context.params["write_config"]:
        _ = plan_of(context) if check is None else check()
        path = write_config(context)
        typer.echo(f"wrote {path}", err=True)
        return True
    return False


def paths_of(context: typer.Context) -> list[str]:
    """Return the inputs.

    Raises:
        PlanError: There is none.
    """
    paths: list[str] = context.params["paths"] or []
    check_fail_under(context.params.get("fail_under"))
    if not paths:
        raise PlanError(f"name at least one picture or video, as: tokcomp {context.info_name} clip.mp4")
    if "recursive" in context.params:
        from tokcomp_cli.batching.inputs import gather

        given = context.params
        if given["match"] and not given["recursive"]:
            raise PlanError("--match chooses among the files of folders; add -r")
        paths = gather(paths, recursive=given["recursive"], match=given["match"] or [])
        if not paths:
            raise PlanError("no file is there to do: the folders hold none that is asked for")
    check_inputs(paths)
    target = context.params.get("save")
    if target is not None:
        _check_target(target, paths)
    if target and len(paths) > 1:
        raise PlanError(
            "--save takes one input, since one file holds the tokens of one; give them one by one"
        )
    return paths


def check_fail_under(least: float | None) -> None:
    """Raise PlanError for a share that cannot be, which would let everything or nothing through."""
    if least is not None and not -math.inf < least <= 1:
        raise PlanError(f"--fail-under takes a share of at most 1; got {least:g}")


def _check_target(target: str, paths: Sequence[str]) -> None:
    """Raise PlanError if `--save` names nothing, an input, or a place that is not there, before any work."""
    if target in {"", "-"}:
        raise PlanError("--save takes the name of a file to write, as tokens.safetensors")
    place = Path(target)
    if place.exists() and any(Path(path).exists() and place.samefile(path) for path in paths):
        raise PlanError(
            f"--save '{printable(target)}' is one of the inputs and would be lost; name another file"
        )
    if not place.parent.is_dir():
        raise PlanError(
            f"cannot write '{printable(target)}': there is no folder '{printable(str(place.parent))}'"
        )


def run_all(context: typer.Context, plan: "Plan", paths: Sequence[str]) -> "list[FileResult | Failure]":
    """Return the result of each input; `--save` writes the tokens of a single one.

    Raises:
        TokcompError: The plan does not fit a single input, or its tokens cannot be written.
    """
    quiet = context.params["quiet"]
    choice, single = found(plan.encoder, quiet=quiet), len(paths) == 1
    name = Path(paths[0]).name if single else f"{len(paths)} inputs"
    units = ("frames", "ways to merge") if single else ("files",)
    with watched(name, *units, quiet=quiet) as tick:
        with loading(choice) as encoder:
            from tokcomp_cli.folder.run_files import FileResult, run_files

        results = run_files(paths, plan, encoder.result(), tick)
    first, target = results[0], context.params.get("save")
    if target and isinstance(first, FileResult) and first.result is not None:
        from tokcomp_cli.pipeline.save import save_tokens

        save_tokens(first.result, Path(target))
    return results


def results_of(results: "Sequence[FileResult | Failure]") -> "list[Analysis | Failure]":
    """Return the analyses and failures, in their order; messages of failures name options."""
    from tokcomp_cli.core.results.analysis import Failure

    return [
        replace(one, message=with_flags(one.message)) if isinstance(one, Failure) else one.analysis
        for one in results
    ]


def exit_code(context: typer.Context, results: "Sequence[Analysis | Comparison | Failure]") -> ExitCode:
    """Return the exit code that the results ask for."""
    from tokcomp_cli.core.results.analysis import Analysis, Failure
    from tokcomp_cli.core.results.curve import ROUNDING

    failed = sum(isinstance(result, Failure) for result in results)
    if failed:
        return ExitCode.FAILED if failed == len(results) else ExitCode.SOME_FAILED
    least = context.params.get("fail_under")
    if least is None:
        return ExitCode.OK
    below = [
        one for one in results if isinstance(one, Analysis) and one.fidelity.explained < least - ROUNDING
    ]
    for one in below:
        kept = f"{printable(one.media.path)}: {one.fidelity.explained:.4f} is explained"
        typer.echo(f"{kept} by {one.llm_input:,} tokens, less than --fail-under {least:g}", err=True)
    return ExitCode.BELOW_TARGET if below else ExitCode.OK
