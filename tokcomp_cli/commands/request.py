"""From a command's options to plans, results and an exit code."""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from tokcomp_cli.commands.settings import print_config, write_config
from tokcomp_cli.commands.shared import ANALYSIS
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import ExitCode, PlanError, TokcompError, near

if TYPE_CHECKING:
    from tokcomp_cli.core.comparisons import Comparison
    from tokcomp_cli.core.results import Analysis, Failure
    from tokcomp_cli.encoders.base import Encoder, Options
    from tokcomp_cli.pipeline.clock import Progress
    from tokcomp_cli.pipeline.plan import Plan
    from tokcomp_cli.pipeline.run import Result
    from tokcomp_cli.pipeline.several import Answer


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


def plan_of(context: typer.Context, **instead: object) -> "Plan":
    """Return the plan that a command's options make.

    Args:
        context: Of the command.
        instead: What stands in for options that the command does not have or reads otherwise, by name.

    Raises:
        PlanError: They cannot be done.
    """
    from tokcomp_cli.difficulty.rules import parse_cuts
    from tokcomp_cli.pipeline.asked import parse_budget
    from tokcomp_cli.pipeline.plan import Plan
    from tokcomp_cli.pipeline.presets import with_preset
    from tokcomp_cli.pipeline.tiers import parse_tiers

    absent: dict[str, object] = {"target": None, "detail": False, "serving": None, "ocr": False}
    given = {option.name: option.default for option in ANALYSIS} | absent | context.params | instead
    plan = Plan(
        encoder=given["encoder"],
        fps=_rate(given["fps"]),
        every=given["every"],
        frames=given["frames"],
        start_seconds=given["start"],
        end_seconds=given["end"],
        max_frames=given["max_frames"],
        max_pixels=given["max_pixels"],
        isolate=given["isolate"],
        timeout_seconds=given["timeout"],
        spatial=given["spatial"],
        spatial_ratio=given["spatial_ratio"],
        temporal=given["temporal"],
        temporal_ratio=given["temporal_ratio"],
        threshold=given["threshold"],
        similarity=given["similarity"],
        temporal_every=given["temporal_every"],
        budget=parse_budget(given["budget"]),
        allocate=given["allocate"],
        reduce=given["reduce"],
        layers=given["layers"],
        layer_keep=_shares(given["layer_keep"]),
        query=given["query"],
        target=given["target"],
        seed=given["seed"],
        tiers=None if given["tiers"] is None else parse_tiers(given["tiers"]),
        detail=given["detail"],
        serving=given["serving"],
        difficulty=given["difficulty"],
        difficulty_cuts=parse_cuts(given["difficulty_cuts"]),
        closer="ocr" in context.params,
        ocr=given["ocr"],
    )
    if given["preset"] is None:
        return plan
    set_by_user = {name for name in context.params if _source(context, name) not in {None, "DEFAULT"}}
    return with_preset(plan, given["preset"], set_by_user)


def _source(context: typer.Context, name: str) -> str | None:
    source = context.get_parameter_source(name)
    return None if source is None else source.name


def _rate(text: str | None) -> "float | Literal['native'] | None":
    if text is None:
        return None
    if text == "native":
        return "native"
    try:
        return float(text)
    except ValueError:
        raise PlanError(f"--fps takes a number of frames a second, or native; got {text!r}") from None


def _shares(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise PlanError(f"--layer-keep takes four shares, as 1,0.7,0.5,0.4; got {text!r}") from None


def paths_of(context: typer.Context) -> list[str]:
    """Return the inputs.

    Raises:
        PlanError: There is none.
    """
    paths: list[str] = context.params["paths"] or []
    least = context.params.get("fail_under")
    if least is not None and not -math.inf < least <= 1:
        raise PlanError(f"--fail-under takes a share of at most 1; got {least:g}")
    if not paths:
        raise PlanError(f"name at least one picture or video, as: tokcomp {context.info_name} clip.mp4")
    if "recursive" in context.params:
        from tokcomp_cli.batch.inputs import gather

        given = context.params
        paths = gather(paths, recursive=given["recursive"], match=given["match"] or [])
        if not paths:
            raise PlanError("no file is there to do: the folders hold none that is asked for")
    target = context.params.get("save")
    if target is not None:
        _check_target(target, paths)
    if target and len(paths) > 1:
        raise PlanError(
            "--save takes one input, since one file holds the tokens of one; give them one by one"
        )
    return paths


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


def run_all(context: typer.Context, plan: "Plan", paths: Sequence[str]) -> "list[Answer]":
    """Return the answer for each input; one of several that fails does not stop the rest.

    Raises:
        TokcompError: A single input failed for what was asked, not for the file.
    """
    from tokcomp_cli.pipeline.several import run_several

    encoder, quiet = encoder_of(context, plan.encoder), context.params["quiet"]
    if len(paths) > 1:
        with watched(f"{len(paths)} inputs", "files", quiet=quiet) as tick:
            return run_several(paths, plan, encoder, lambda done: tick(done, len(paths)))
    return [_run_one(context, plan, paths[0], encoder)]


def _run_one(context: typer.Context, plan: "Plan", path: str, encoder: "Encoder") -> "Answer":
    from tokcomp_cli.core.results import Failure
    from tokcomp_cli.pipeline.run import run
    from tokcomp_cli.pipeline.several import Answered

    try:
        with progress(path, quiet=context.params["quiet"]) as tick:
            result = run(path, plan, encoder, tick)
        save(context, result)
    except PlanError:
        raise
    except TokcompError as error:
        return Failure(path, type(error).__name__, str(error))
    return Answered(result.analysis, None)


def results_of(answers: "Sequence[Answer]") -> "list[Analysis | Failure]":
    """Return the analyses and failures of the answers, in their order."""
    from tokcomp_cli.core.results import Failure

    return [answer if isinstance(answer, Failure) else answer.analysis for answer in answers]


def encoder_of(context: typer.Context, name: str) -> "Encoder":
    """Return the encoder that a command's options ask for.

    Raises:
        PlanError: There is none of that name, or it cannot be run so.
        EncoderError: Its weights are missing, altered or unfit.
    """
    from dataclasses import asdict

    from tokcomp_cli.encoders import load_encoder

    name, how = tower_of(context, name)
    return load_encoder(name, **asdict(how), offline=context.params["offline"])


def tower_of(context: typer.Context, name: str) -> "tuple[str, Options]":
    """Return the name of the encoder that a command's options ask for, and how it is run; it is not loaded.

    What `auto` stands for is told in one line on stderr where that is not the CLIP it prefers.

    Raises:
        PlanError: It cannot be run so.
    """
    from tokcomp_cli.encoders.auto import AUTO, choose_auto
    from tokcomp_cli.encoders.base import Options
    from tokcomp_cli.encoders.geometry import FITS

    given: dict[str, Any] = {"layer": None, "resolution": None, "fit": "squash", **context.params}
    fit = next((known for known in FITS if known == given["fit"]), None)
    if fit is None:
        raise PlanError(f"--fit takes {', '.join(FITS)}; got {given['fit']!r}{near(given['fit'], FITS)}")
    if name == AUTO:
        name, note = choose_auto()
        if note and not given.get("quiet"):
            typer.echo(note, err=True)
    how = Options(
        layer=given["layer"],
        resolution=_pixels(given["resolution"]),
        fit=fit,
        device=given["device"],
        precision=given["precision"],
    )
    return name, how


def _pixels(text: str | None) -> int | tuple[int, int] | None:
    """Return the side, or height and width, that `336` or `224x448` stands for."""
    if text is None:
        return None
    sides = text.lower().replace("×", "x").split("x")
    if len(sides) > 2 or not all(side.isdecimal() and int(side) > 0 for side in sides):
        raise PlanError(
            f"--resolution takes a side or height x width in pixels, as 336 or 224x448; got {text!r}"
        )
    return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))


def save(context: typer.Context, result: "Result") -> None:
    """Write the kept tokens if `--save` asks for it."""
    if context.params["save"]:
        from tokcomp_cli.pipeline.save import save_tokens

        save_tokens(result, Path(context.params["save"]))


def progress(path: str, *, quiet: bool) -> "AbstractContextManager[Progress]":
    """Show frames done of a file, on a terminal, while inside."""
    return watched(Path(path).name, "frames", quiet=quiet)


@contextmanager
def watched(name: str, unit: str, *, quiet: bool) -> "Iterator[Callable[[int, int | None], None]]":
    """Show how far something is, on a terminal, while inside.

    Args:
        name: Of the thing.
        unit: What is counted; bytes are shown as such.
        quiet: Show nothing.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    from tokcomp_cli.render.console import make_console

    counted = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), counted, TextColumn(unit), Left())
    with Progress(*columns, console=make_console(stderr=True), transient=True) as bar:
        task = bar.add_task(printable(name)[:40], total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def exit_code(context: typer.Context, results: "Sequence[Analysis | Comparison | Failure]") -> ExitCode:
    """Return the exit code that the results ask for."""
    from tokcomp_cli.core.results import Analysis, Failure

    failed = sum(isinstance(result, Failure) for result in results)
    if failed:
        return ExitCode.FAILED if failed == len(results) else ExitCode.SOME_FAILED
    least = context.params.get("fail_under")
    below = least is not None and any(
        isinstance(result, Analysis) and result.fidelity.explained < least for result in results
    )
    return ExitCode.BELOW_TARGET if below else ExitCode.OK
