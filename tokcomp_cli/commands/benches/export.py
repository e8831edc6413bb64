"""`tokcomp bench export`: chosen frames beside those of other ways, at equal tokens."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli.encoder_options import found
from tokcomp_cli.cli.for_model import ForModel, ModelsFile, model_named
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.usage import check_inputs
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.bench.export import ExportBench

Videos = Annotated[list[str] | None, typer.Argument(help="Videos on this machine.", show_default=False)]
Frames = Annotated[
    list[int] | None,
    typer.Option("--at", metavar="N", help="Most frames; repeatable.", show_default=False),
]
Shots = Annotated[
    str | None,
    typer.Option(
        "--shots",
        metavar="FILE",
        help="The video's shots: a line each, START END, in seconds. [default: PySceneDetect's scenes]",
        show_default=False,
    ),
]


def bench_export(
    context: typer.Context,
    paths: Videos = None,
    for_model: ForModel = None,
    at: Frames = None,
    shots: Shots = None,
    models_file: ModelsFile = None,
    **given: object,
) -> None:
    """Compare ways to choose frames at equal tokens.

    Uniform frames, keyframes, the middles of PySceneDetect's scenes where it is installed, ours.

    \b
    tokcomp bench export clip.mp4 --for qwen2.5-vl
    tokcomp bench export clip.mp4 --at 12 --shots shots.txt --json
    """
    if not paths:
        raise PlanError("name a video, as: tokcomp bench export clip.mp4")
    counts = at or [8, 16]
    if min(counts) < 1:
        raise PlanError(f"--at takes a whole number, at least 1; got {min(counts)}")
    if shots is not None and len(paths) > 1:
        raise PlanError("--shots are those of one video; name one")
    check_inputs(paths)
    spans, model = _spans(shots), model_named(for_model or "qwen2.5-vl", models_file)
    plan, quiet = plan_of(context), context.params["quiet"]
    from tokcomp_cli.cli.loading import loading
    from tokcomp_cli.cli.progress import watched

    with watched("bench export", "frames", quiet=quiet) as tick:
        with loading(found(plan.encoder, quiet=quiet)) as encoder:
            from tokcomp_cli.bench.export import bench_export as measured
        results = [
            one
            for path in paths
            for one in measured(
                path, plan, model, encoder.result(), frames=counts, shots=spans, progress=tick
            )
        ]
    _show(results, as_json=context.params["as_json"])


def _spans(file: str | None) -> list[tuple[float, float]] | None:
    """Return start and end of each shot in a file; lines that start with # are remarks.

    Raises:
        PlanError: It cannot be read, or a line is no start and end.
    """
    if file is None:
        return None
    spans = []
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise PlanError(f"--shots '{printable(file)}' cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            start, end = map(float, line.split())
        except ValueError:
            start, end = 1.0, 0.0
        if not 0 <= start < end:
            told = "--shots takes lines of a start and an end in seconds, as 2.5 8"
            raise PlanError(f"{told}; line {number} of '{printable(file)}' is {printable(line)!r}")
        spans.append((start, end))
    return spans


def _show(results: "list[ExportBench]", *, as_json: bool) -> None:
    if as_json:
        from tokcomp_cli.render.schema.document import dumps, meta

        typer.echo(dumps({"meta": meta("tokcomp.bench"), "export": results}))
        return
    from tokcomp_cli.core.rounding import count
    from tokcomp_cli.render.console.terminal import print_table

    for number, one in enumerate(results):
        if number:
            typer.echo()
        rows = [
            (
                choice.way,
                choice.frames,
                count(choice.tokens),
                f"{choice.explained:.3f}",
                "" if choice.shots is None else f"{choice.shots} of {one.shots}",
            )
            for choice in one.choices
        ]
        title = f"{one.path}: at most {one.most} frames, tokens in {one.model} (estimated)"
        print_table(("frames are", "frames", "tokens", "explained", "shots"), rows, title=title)
        typer.echo(f"measured on {one.sampled} frames; shots: {one.shots_by}")
        if number + 1 == len(results) or results[number + 1].path != one.path:
            _show_same(one)
            for note in one.notes:
                typer.echo(note)


def _show_same(one: "ExportBench") -> None:
    from tokcomp_cli.core.rounding import count, plural

    same = one.same
    whole = "refused" if same.whole_tokens is None else f"{count(same.whole_tokens)} tokens"
    saved = f", {1 - same.tokens / same.whole_tokens:.0%} less" if same.whole_tokens else ""
    small = f" of them {same.small} small" if same.small else ""
    left = "" if same.left is None else f"; of a small frame at least {same.left:.3f} is left"
    theirs, ours = plural(same.whole_frames, "frame"), plural(same.frames, "frame")
    typer.echo(f"as the model takes it: {theirs}, {whole}, explained {same.whole_explained:.3f}")
    typer.echo(
        f"ours, within 0.01 of that: {ours}{small}, {count(same.tokens)} tokens{saved}, explained "
        f"{same.explained:.3f}{left}"
    )
