"""Options that several commands share and that are no settings of a plan."""

from inspect import Parameter
from typing import Annotated

import typer

from tokcomp_cli.cli.settings import load_config

Paths = Annotated[
    list[str] | None, typer.Argument(help="Pictures and videos on this machine.", show_default=False)
]
Recursive = Annotated[
    bool,
    typer.Option(
        "--recursive",
        "-r",
        help="Take the files in folders too, sorted; none hidden.",
    ),
]
Match = Annotated[
    list[str] | None,
    typer.Option(
        "--match",
        metavar="PATTERN",
        help="With -r: only such names, as '*.jpg'; repeatable.",
        show_default=False,
    ),
]
Config = Annotated[
    str | None,
    typer.Option(
        "--config",
        help="Read settings from this TOML file, not from yours.",
        envvar="TOKCOMP_CONFIG",
        show_envvar=False,
        is_eager=True,
        callback=load_config,
        show_default=False,
    ),
]
PrintConfig = Annotated[bool, typer.Option("--print-config", help="Print the settings in force, and stop.")]
WriteConfig = Annotated[
    bool, typer.Option("--write-config", help="Keep these options in your config file, and stop.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="No progress and no messages but errors.",
        envvar="TOKCOMP_QUIET",
        show_envvar=False,
    ),
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug", help="Show tracebacks.", envvar="TOKCOMP_DEBUG", show_envvar=False, show_default=False
    ),
]
Maps = Annotated[bool, typer.Option("--maps", help="With --json: the token of each patch.")]
Full = Annotated[bool, typer.Option("--full", help="Show everything, not the first screen alone.")]
Save = Annotated[
    str | None,
    typer.Option("--save", metavar="FILE.safetensors", help="Write the kept tokens.", show_default=False),
]
FailUnder = Annotated[
    float | None,
    typer.Option(
        "--fail-under",
        metavar="SHARE",
        help="Exit 4 where less of the content is kept.",
        envvar="TOKCOMP_FAIL_UNDER",
        show_envvar=False,
        show_default=False,
    ),
]
Calibrate = Annotated[
    str | None,
    typer.Option(
        "--calibrate",
        metavar="FOLDER",
        help="Find what predicts the tokens your own files need.",
        show_default=False,
    ),
]

OUTPUT = (
    Parameter("as_json", Parameter.KEYWORD_ONLY, annotation=AsJson, default=False),
    Parameter("quiet", Parameter.KEYWORD_ONLY, annotation=Quiet, default=False),
    Parameter("debug", Parameter.KEYWORD_ONLY, annotation=Debug, default=False),
)
"""What is printed."""
CONFIG = Parameter("config", Parameter.KEYWORD_ONLY, annotation=Config, default=None)
"""Where settings come from."""
SETTINGS = (
    CONFIG,
    Parameter("print_config", Parameter.KEYWORD_ONLY, annotation=PrintConfig, default=False),
    Parameter("write_config", Parameter.KEYWORD_ONLY, annotation=WriteConfig, default=False),
)
"""Where settings come from and go to."""
