"""`tokcomp export`: the frames to send to a model, sized for it, with their times."""

from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.for_model import ForModel, ModelsFile, model_named
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.request import about_config, paths_of
from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.core.results.sending import Export

Folder = Annotated[
    str | None, typer.Option("--output", "-o", metavar="DIR", help="Folder to write.", show_default=False)
]
MaxTokens = Annotated[
    int | None,
    typer.Option("--max-tokens", help="Most tokens of all that is sent, by formula.", show_default=False),
]
MostFrames = Annotated[
    int | None, typer.Option("--max-frames", help="Most frames to send.", show_default=False)
]
Grid = Annotated[
    int | None,
    typer.Option("--grid", metavar="N", help="Contact sheets of N x N frames.", show_default=False),
]
Shape = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="openai|anthropic|gemini|qwen",
        help="Also write the message, naming the files.",
        show_default=False,
    ),
]
Inline = Annotated[bool, typer.Option("--inline", help="With --as: the pictures in the message itself.")]
PictureFormat = Annotated[str, typer.Option("--format", metavar="jpeg|png|webp", help="Of the pictures.")]
Force = Annotated[bool, typer.Option("--force", help="Write over an earlier export.")]


def export(
    context: typer.Context,
    paths: o.Paths = None,
    for_model: ForModel = None,
    output: Folder = None,
    max_tokens: MaxTokens = None,
    most_frames: MostFrames = None,
    grid: Grid = None,
    shape: Shape = None,
    inline: Inline = False,
    picture_format: PictureFormat = "jpeg",
    force: Force = False,
    models_file: ModelsFile = None,
    recursive: o.Recursive = False,
    match: o.Match = None,
    **given: object,
) -> None:
    """Write the fewest frames that a model needs.

    Frames in a folder, no larger than the model looks at them, with times, a manifest and a list to paste.

    \b
    tokcomp export clip.mp4 --for gpt-4o -o frames/
    tokcomp export clip.mp4 --for qwen2.5-vl --max-tokens 4000 -o frames/
    tokcomp export clip.mp4 --for claude-standard --as anthropic --inline -o frames/
    """
    if about_config(context):
        return
    from tokcomp_cli.export.folder import check_folder
    from tokcomp_cli.export.wishes import Wishes

    wishes = Wishes(max_tokens, most_frames, grid, shape, inline, picture_format, force)
    if for_model is None:
        raise PlanError("name the model to send to, as --for gpt-4o; tokcomp cost --list shows them")
    if output is None:
        raise PlanError("name a folder to write, as -o frames/")
    model, inputs = model_named(for_model, models_file), paths_of(context)
    check_folder(output, force=force)
    plan, quiet = plan_of(context), context.params["quiet"]
    from tokcomp_cli.cli.encoder_options import found
    from tokcomp_cli.cli.loading import loading
    from tokcomp_cli.cli.progress import watched

    with watched(output, "frames" if len(inputs) == 1 else "files", quiet=quiet) as tick:
        with loading(found(plan.encoder, quiet=quiet)) as encoder:
            from tokcomp_cli.export.run_export import export_files
        done = export_files(inputs, plan, model, encoder.result(), wishes, output, tick)
    _show(done, as_json=context.params["as_json"])


def _show(done: "Export", *, as_json: bool) -> None:
    if as_json:
        from tokcomp_cli.render.schema.document import dumps
        from tokcomp_cli.render.schema.export import export_document

        typer.echo(dumps(export_document(done)))
        return
    from tokcomp_cli.render.console.terminal import print_page
    from tokcomp_cli.render.export_page import export_page

    print_page(export_page(done))
