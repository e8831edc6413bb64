"""From a plan's choice to an encoder, and what is said of one."""

from typing import TYPE_CHECKING

import typer

from tokcomp_cli.cli.plans import plan_of

if TYPE_CHECKING:
    from tokcomp_cli.encoders.base import Encoder
    from tokcomp_cli.encoders.choice import EncoderChoice


def load_chosen(choice: "EncoderChoice", *, quiet: bool) -> "Encoder":
    """Return the encoder that is asked for, loaded.

    Raises:
        PlanError: There is none of that name, or it cannot be run so.
        EncoderError: Its weights are missing, altered or unfit.
    """
    from tokcomp_cli.encoders import open_encoder

    return open_encoder(found(choice, quiet=quiet))


def load_named(context: typer.Context, name: str) -> "Encoder":
    """Return the encoder of a name, loaded as a command's options say.

    Raises:
        PlanError: There is none of that name, or it cannot be run so.
        EncoderError: Its weights are missing, altered or unfit.
    """
    return load_chosen(plan_of(context, encoder=name).encoder, quiet=bool(context.params.get("quiet")))


def print_document(schema: str, **content: object) -> None:
    """Print one JSON document on an encoder."""
    from tokcomp_cli.render.schema.document import dumps

    typer.echo(dumps({"meta": {"schema": schema, "schema_version": 1}, **content}))


def found(choice: "EncoderChoice", *, quiet: bool) -> "EncoderChoice":
    """Return the choice with what `auto` stands for; told in one line on stderr where that is not CLIP."""
    from dataclasses import replace

    from tokcomp_cli.encoders import AUTO
    from tokcomp_cli.encoders.registry.auto import choose_auto

    if choice.name != AUTO:
        return choice
    name, note = choose_auto()
    if note and not quiet:
        typer.echo(note, err=True)
    return replace(choice, name=name)
