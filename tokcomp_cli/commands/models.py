"""`tokcomp models`: encoders, their weights, and how they do on your own files."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.encoder_options import load_named, print_document
from tokcomp_cli.cli.options import CONFIG, OUTPUT
from tokcomp_cli.cli.plan_options import ENCODER, taking
from tokcomp_cli.commands.check import check
from tokcomp_cli.core.names import printable

if TYPE_CHECKING:
    from tokcomp_cli.encoders.registry.catalogue import Entry

models = typer.Typer(
    help="Encoders: list, fetch, calibrate, check.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="Encoder, as clip:ViT-B-16/openai.", show_default=False)]


@models.callback()
def options() -> None:
    """Encoders: list, fetch, calibrate, check."""


@models.command("list")
def list_models(
    everything: Annotated[
        bool, typer.Option("--all", help="Also what open_clip knows and is not on disk.")
    ] = False,
    as_json: o.AsJson = False,
    debug: o.Debug = False,
    config: o.Config = None,
) -> None:
    """List the encoders on disk: size, licence where known."""
    from tokcomp_cli.encoders.registry.catalogue import describe, on_disk
    from tokcomp_cli.encoders.registry.open_clip_tables import every_clip

    entries = on_disk()
    if everything:
        here = {entry.name for entry in entries}
        entries += [describe(name) for name in every_clip() if name not in here]
    if as_json:
        print_document("tokcomp.models", models=[_record(entry) for entry in entries])
        return
    from tokcomp_cli.core.rounding import readable_bytes
    from tokcomp_cli.render.console.terminal import print_table

    rows = [
        (
            one.name,
            readable_bytes(one.size_bytes) if one.size_bytes else None,
            one.on_disk,
            one.licence or one.page,
        )
        for one in entries
    ]
    print_table(("encoder", "weights", "on disk", "licence, or where it is stated"), rows)


@models.command("info")
def info(name: Name, as_json: o.AsJson = False, debug: o.Debug = False, config: o.Config = None) -> None:
    """Show what is known of an encoder."""
    from tokcomp_cli.encoders import ENCODERS
    from tokcomp_cli.encoders.registry.catalogue import describe, shipped_facts

    known = asdict(shipped_facts(name)) if name in ENCODERS else _record(describe(name))
    if as_json:
        print_document("tokcomp.model", **known)
        return
    from tokcomp_cli.render.console.terminal import print_table

    rows = [("  " + key, value) for key, value in known.items() if value is not None]
    print_table(("", ""), rows, title=name)


@models.command("pull")
def pull(
    name: Annotated[str, typer.Argument(help="Encoder to fetch.")] = "auto",
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Forbid the network.", envvar="TOKCOMP_OFFLINE", show_envvar=False),
    ] = False,
    quiet: o.Quiet = False,
    as_json: o.AsJson = False,
    debug: o.Debug = False,
    config: o.Config = None,
) -> None:
    """Fetch a CLIP's weights into the hub's cache.

    The only command that uses the network.
    """
    from tokcomp_cli.cli.progress import watched
    from tokcomp_cli.core.rounding import readable_bytes
    from tokcomp_cli.encoders.registry.pull import pull as fetch

    with watched(name, "bytes", quiet=quiet) as tick:
        found = fetch(name, progress=tick, offline=offline)
    if as_json:
        print_document("tokcomp.pulled", **asdict(found) | {"path": str(found.path)})
        return
    checked = "as the hub states it" if found.verified else "the hub states none"
    typer.echo(f"{found.name}: {readable_bytes(found.size_bytes)}, sha256 {found.sha256} ({checked})")
    typer.echo(f"licence: {found.licence or 'not stated on its card'}")


def calibrate(
    context: typer.Context,
    encoder: Name,
    folder: Annotated[str, typer.Argument(help="Folder of your own clips and pictures.", show_default=False)],
    **given: object,
) -> None:
    """Calibrate an encoder on your own clips.

    Its threshold, floor and blank response are measured and kept.
    """
    from tokcomp_cli.cli.progress import watched

    passed_over = []
    with watched(folder, "files", quiet=context.params["quiet"]) as tick:
        from tokcomp_cli.calibrate.encoder import calibrate_on, files_in
        from tokcomp_cli.encoders.calibration import save

        paths, tower = files_in(folder), load_named(context, encoder)
        seen: list[str] = []

        def done(path: str, error: Exception | None) -> None:
            seen.append(path)
            tick(len(seen), len(paths))
            if error is not None:
                passed_over.append(str(error))

        found = calibrate_on(tower, paths, done)
    for message in passed_over:
        typer.echo(f"skipped: {printable(message)}", err=True)
    where = save(found, tower.facts)
    figures = {"threshold": found.threshold, "similarity": found.similarity, "floor": found.floor}
    evidence = {} if found.evidence is None else asdict(found.evidence)
    if context.params["as_json"]:
        print_document("tokcomp.calibration", encoder=tower.facts.name, **figures, evidence=evidence)
        return
    from tokcomp_cli.render.console.calibration import calibration_page
    from tokcomp_cli.render.console.terminal import print_page

    print_page(calibration_page(tower.facts.name, found.threshold, found.similarity, found.floor, evidence))
    typer.echo(f"kept in {where.parent}", err=True)


models.command("calibrate")(taking(calibrate, *ENCODER, shared=(*OUTPUT, CONFIG)))
models.command("check")(taking(check, *ENCODER, shared=(CONFIG,)))


def _record(entry: "Entry") -> dict[str, object]:
    return asdict(entry) | {"path": None if entry.path is None else str(entry.path), "on_disk": entry.on_disk}
