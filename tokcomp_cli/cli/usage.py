"""Wrong usage in one sentence: paths that are no files, and what the command line does not know."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokcomp_cli.cli.settings import config_place
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError, near


def check_inputs(paths: Sequence[str]) -> None:
    """Raise PlanError with what to type where no path can name a file; one among several fails alone."""
    reasons = [_no_file(path) for path in paths]
    if reasons[0] is not None and all(reasons):
        raise PlanError(reasons[0])


def _no_file(path: str) -> str | None:
    """Return why a path can name no file, and what to type, or None."""
    shown = printable(path)
    if path == "-":
        return "'-' is no file: save what comes in, or give names with tokcomp batch --files-from -"
    if os.path.isdir(path):  # noqa: PTH112 a name that cannot be is no error here
        ways = f"tokcomp budget -r {_quoted(path)}, or tokcomp batch -r {_quoted(path)} -o out.jsonl"
        return f"'{shown}' is a folder; take its files with {ways}"
    from glob import has_magic

    if has_magic(path) and not os.path.lexists(path):
        return f"no file is named '{shown}'; leave out the quotes; tokcomp batch expands patterns"
    return None


def usage_words(error: Any, arguments: Sequence[str]) -> str:
    """Return one sentence for wrong usage that the command-line library found.

    Args:
        error: Its `UsageError`.
        arguments: Of the command line, without the program's name.
    """
    context, message = error.ctx, str(error.format_message()).rstrip(".")
    command: Any = getattr(context, "command", None)
    wrong: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
    if message.startswith("No such command"):
        word = next((one for one in arguments if one not in {context.info_name, "--debug"}), "")
        return _no_command(word, command.commands, context.command_path, top=context.parent is None)
    if hasattr(error, "possibilities"):
        known = [name for parameter in command.params for name in parameter.opts] if command else []
        message = f"no such option {error.option_name}{near(error.option_name, known)}"
    elif wrong and getattr(error, "param", None):
        kind = {"int": "a whole number", "float": "a number"}.get(wrong[0]["type"].partition("_")[0])
        if kind:
            message = f"{error.param.opts[-1]} takes {kind}; got {wrong[0]['input']!r}"
    parameter = getattr(error, "param", None)
    if context and parameter is not None and parameter.name:
        place = config_place(context, [parameter.name])
        if place is not None:
            return f"{place}: {message[:1].lower() + message[1:]}"
    where = f"; see: {context.command_path} -h" if context else ""
    return message[:1].lower() + message[1:] + where


def _no_command(word: str, known: Sequence[str], path: str, *, top: bool) -> str:
    place = Path(word)
    if top and (os.path.exists(word) or (place.suffix and not near(word, known))):  # noqa: PTH110
        command = "budget -r" if os.path.isdir(word) else "analyze"  # noqa: PTH112
        return f"'{word}' is no command; did you mean: tokcomp {command} {_quoted(word)}?"
    return f"no such command '{word}'{near(word, known)}; see: {path} -h"


def _quoted(path: str) -> str:
    from shlex import quote

    return quote(printable(path))
