"""Options from the settings of a plan: each is declared once, in the part of the plan that it belongs to."""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Annotated, Any

import typer

from tokcomp_cli.cli.completion import completion_of
from tokcomp_cli.core.setting import Setting
from tokcomp_cli.plan.flags import flag
from tokcomp_cli.plan.plan import all_settings

ENCODER = ("encoder", "layer", "resolution", "fit", "device", "precision", "offline")
SAMPLING = ("fps", "every", "frames", "start", "end", "max_frames", "max_pixels")
DECODING = ("isolate", "decode_timeout")
MERGING = ("temporal", "threshold", "similarity", "temporal_every")
ASKING = ("budget", "query", "seed")
ANALYSIS = (
    *ASKING,
    "weakest",
    *SAMPLING,
    "gate",
    *("spatial", "spatial_ratio", *MERGING, "temporal_ratio", "allocate", "reduce", "preset", "tiers"),
    *ENCODER,
    *DECODING,
    *("layers", "layer_keep", "difficulty", "difficulty_cuts"),
)
"""Everything that decides an analysis besides the file."""
OF_COMMANDS: dict[str, object] = {"encoder": "auto"}
"""Defaults of commands that are not those of the library."""


def option(key: str, default: object = Parameter.empty) -> Parameter:
    """Return the parameter of a command that a setting makes; an alias comes first in its help.

    Args:
        key: Of the setting.
        default: Another default than the setting's.
    """
    _, one = all_settings()[key]
    if default is Parameter.empty:
        default = OF_COMMANDS.get(key, one.show(one.default))
    kind = one.kind if default is not None else one.kind | None
    names = [flag(name) for name in (one.alias, key) if name]
    if one.kind is bool and default is None:
        names = [f"{names[0]}/--no-{names[0][2:]}"]
    about = typer.Option(
        *names,
        help=_help(one, default),
        metavar=one.metavar,
        envvar=f"TOKCOMP_{key.upper()}",
        show_envvar=False,
        show_default=default is not None,
        rich_help_panel=one.panel,
        autocompletion=completion_of(one),
    )
    return Parameter(key, Parameter.KEYWORD_ONLY, annotation=Annotated[kind, about], default=default)


def _help(one: Setting, default: object) -> str:
    return one.help if default is not None or one.absent is None else f"{one.help} [default: {one.absent}]"


def taking(
    command: Callable[..., None], *keys: str, shared: tuple[Parameter, ...] = (), **defaults: object
) -> Callable[..., None]:
    """Return the command with options of a plan, and those it shares with other commands, behind its own.

    They reach the command by `context.params`.

    Args:
        command: Takes the context, its own options and `**given`.
        keys: Settings of the plan.
        shared: Parameters of other options.
        defaults: Where a setting's default is another one here; such a setting need not be among `keys`.
    """
    own = signature(command)
    first = {name: one for name, one in own.parameters.items() if one.kind is not Parameter.VAR_KEYWORD}
    wanted = dict.fromkeys([*defaults, *keys])
    made = [option(key, defaults.get(key, Parameter.empty)) for key in wanted if key not in first]
    laid: Any = command
    laid.__signature__ = own.replace(parameters=[*first.values(), *made, *shared])
    return command
