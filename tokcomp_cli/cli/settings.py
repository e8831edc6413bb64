"""Settings: option, then environment, then config file, then default; and where each came from."""

import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import typer

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError, near

# Not settings: what a run is about, or where its output goes.
NOT_SETTINGS = frozenset(
    {
        "paths",
        "recursive",
        "config",
        "print_config",
        "write_config",
        "as_json",
        "maps",
        "save",
        "debug",
        "query",
        "total",
        "calibrate",
        "path",
        "question",
        "sweep",
        "match",
        "files_from",
        "zero",
        "output",
        "summary",
        "resume",
        "retry_failed",
        "model",
        "list_models",
    }
)
# Read from options or the environment only: they could make a file decide what code or network is used.
NOT_FROM_CONFIG = frozenset({"trust_remote_code", "offline", "network", "ray_address", "vlm"})
LONGEST_CONFIG = 2**20
SOURCES = {
    "COMMANDLINE": "option",
    "ENVIRONMENT": "environment",
    "DEFAULT_MAP": "config",
    "DEFAULT": "default",
}


def config_path() -> Path:
    """Return where the user's own config file is."""
    from platformdirs import user_config_path

    return user_config_path("tokcomp") / "config.toml"


def load_config(context: typer.Context, value: str | None) -> str | None:
    """Lay the config file under the options of a command, before they are read.

    Args:
        context: Of the command.
        value: `--config`, or None for the user's own file, which need not exist.

    Raises:
        PlanError: The file cannot be read, or holds what is no setting.
    """
    if context.resilient_parsing:
        return value
    path = Path(value) if value is not None else config_path()
    try:
        if value is None and not path.is_file():
            return value
    except OSError as error:
        raise PlanError(f"cannot read config file '{printable(str(path))}' ({error.strerror})") from error
    settings = read_config(path)
    known = _settings_of_all_commands(context)
    for key, entry in settings.items():
        name = key.replace("-", "_")
        if _only_by_option(key, entry):
            raise PlanError(
                f"config file '{path}': {key} = {entry!r} may only be an option or a TOKCOMP_ variable"
            )
        if name not in known:
            raise PlanError(f"config file '{path}': unknown setting {key!r}{near(name, known)}")
    context.default_map = {key.replace("-", "_"): entry for key, entry in settings.items()}
    return value


def read_config(path: Path) -> dict[str, object]:
    """Return the settings of a TOML file, one level deep.

    Raises:
        PlanError: It cannot be read, is no TOML or holds tables.
    """
    shown = printable(str(path))
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST_CONFIG + 1)
        if len(text) > LONGEST_CONFIG:
            raise PlanError(f"config file '{shown}' is longer than {LONGEST_CONFIG:,} bytes; name another")
        settings = tomllib.loads(text.decode("utf-8"))
    except OSError as error:
        raise PlanError(f"cannot read config file '{shown}' ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlanError(f"config file '{shown}' is no TOML: {error}") from error
    for key, entry in settings.items():
        if not isinstance(entry, str | int | float | bool):
            raise PlanError(f"config file '{shown}': {key} must be a string, a number or true/false")
    return settings


def _only_by_option(key: str, value: object) -> bool:
    """Return whether a setting may come from an option or the environment only, as weight paths do."""
    if key.replace("-", "_") in NOT_FROM_CONFIG or (key == "spatial" and str(value).startswith("learned:")):
        return True
    tag = str(value).partition("/")[2]
    path_like = (
        any(mark in tag for mark in ("/", "\\", "@", ".pt", ".bin", ".safetensors")) or Path(tag).is_file()
    )
    return key == "encoder" and str(value).startswith("clip:") and (":local-dir:" in str(value) or path_like)


def _settings_of_all_commands(context: typer.Context) -> set[str]:
    commands = getattr(context.find_root().command, "commands", {}).values()
    names = {parameter.name for command in commands for parameter in command.params if parameter.name}
    return names - NOT_SETTINGS


def source_of(context: typer.Context, name: str) -> str:
    """Return where a value comes from: option, environment, config or default."""
    source = context.get_parameter_source(name)
    return SOURCES.get("" if source is None else source.name, "default")


def keys_named(sentence: str) -> list[str]:
    """Return the settings that a sentence names in backquotes."""
    return re.findall(r"`([a-z_]+)`", sentence)


def config_place(context: typer.Context, keys: Iterable[str]) -> str | None:
    """Return which config file one of some settings comes from, in words; None where none comes from one."""
    if not any(source_of(context, key) == "config" for key in keys):
        return None
    return f"config file '{printable(str(context.params.get('config') or config_path()))}'"


def settings_in_force(context: typer.Context) -> dict[str, tuple[object, str]]:
    """Return each setting of a command: its value, and option, environment, config or default."""
    found = {}
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in context.params and name not in NOT_SETTINGS:
            found[name] = (context.params[name], source_of(context, name))
    return found


def print_config(context: typer.Context) -> None:
    """Print the settings in force as TOML with their sources; what no file may set is a comment."""
    helps = {parameter.name: getattr(parameter, "help", None) for parameter in context.command.params}
    lines = {}
    for name, (value, _) in (shown := settings_in_force(context)).items():
        comment = "# " * (value is None or name in NOT_FROM_CONFIG)
        written = _absent(helps[name] or "") if value is None else toml(value)
        lines[name] = f"{comment}{name.replace('_', '-')} = {written}"
    width = max(map(len, lines.values()))
    for name, (_, source) in shown.items():
        typer.echo(f"{lines[name]:<{width}}  # {source}")


def _absent(about: str) -> str:
    """Return what holds where nothing is given, as the help of the option says it."""
    stated = re.search(r"\[default: (.+)\]", about)
    return stated[1] if stated else "none"


def write_config(context: typer.Context) -> Path:
    """Put the options that were given into the user's config file, beside what it holds, and return its path.

    Raises:
        PlanError: Nothing was given, or the file cannot be written.
    """
    given = {
        name.replace("_", "-"): value
        for name, (value, source) in settings_in_force(context).items()
        if source == "option"
    }
    if not given:
        raise PlanError("--write-config keeps the options given beside it; give at least one")
    for key, value in given.items():
        if _only_by_option(key, value):
            raise PlanError(f"--write-config cannot keep {key} = {value!r}: no file may set it")
    return keep_settings(given)


def keep_settings(given: Mapping[str, object]) -> Path:
    """Put settings into the user's config file, beside what it holds, and return its path.

    Args:
        given: Values by key as the file writes it.

    Raises:
        PlanError: The file cannot be read or written.
    """
    from tokcomp_cli.core.files import write_whole

    path = config_path()
    settings = (read_config(path) if path.is_file() else {}) | dict(given)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlanError(f"cannot make folder '{path.parent}' ({error.strerror})") from error
    if not all(map(_finite, given.values())):
        raise PlanError("--write-config keeps finite numbers only")
    write_whole(path, "".join(f"{key} = {toml(value)}\n" for key, value in sorted(settings.items())).encode())
    return path


def _finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def toml(value: object) -> str:
    """Return a scalar as TOML writes it; JSON's strings and numbers are TOML's."""
    return json.dumps(value, ensure_ascii=False)
