"""Write the parts of the documentation that come from the code: `python docs/generate.py`.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`. NAME is a table below, or a `tokcomp`
command whose output is shown, its first lines with `| head -N`. Outputs take some seconds; `--tables` leaves
them as they are.
"""

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import typer

from tokcomp_cli.cli.plan_options import OF_COMMANDS
from tokcomp_cli.cli.settings import NOT_FROM_CONFIG, NOT_SETTINGS
from tokcomp_cli.commands.app import app, run
from tokcomp_cli.compress import METHODS
from tokcomp_cli.core.setting import Panel, Setting
from tokcomp_cli.plan.flags import flag
from tokcomp_cli.plan.plan import all_settings

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PART = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)
WIDTH = "80"
MOST_NAMED = 9


def commands(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each command with its name, as `models pull`."""
    below = getattr(command, "commands", {})
    if not below or getattr(command, "invoke_without_command", False):
        yield name, command
    for key, one in below.items():
        yield from commands(one, f"{name} {key}".strip())


def options() -> dict[str, dict[str, Any]]:
    """Return the options by their key, and by the command that has them."""
    found: dict[str, dict[str, Any]] = {}
    for name, command in commands(typer.main.get_command(app)):
        for one in command.params:
            if one.param_type_name == "option":
                found.setdefault(one.name, {})[name] = one
    return found


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table; a bar inside a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def settings() -> str:
    """Return every setting of a plan by the panel that it is shown in."""
    offered, parts = options(), []
    for panel in get_args(Panel):
        ours = [one for _, one in all_settings().values() if one.panel == panel and one.key in offered]
        if ours:
            rows = [_setting(one, offered[one.key]) for one in ours]
            head = ("option", "variable", "default", "meaning", "commands")
            parts.append(f"### {panel}\n\n{table(head, rows)}")
    return "\n".join(parts)


def _setting(one: Setting, offered: dict[str, Any]) -> tuple[str, ...]:
    default = one.absent or OF_COMMANDS.get(one.key, one.show(one.default))
    shown = "no" if default is False else "none" if default is None else str(default)
    value = "" if one.kind is bool else f" {one.metavar or one.kind.__name__.upper()}"
    names = ", ".join(f"`{flag(name)}{value}`" for name in (one.alias, one.key) if name)
    return (names, _variable(one.key), shown, one.help, _named(offered))


def _variable(key: str) -> str:
    no_file = " (not in a file)" if key in NOT_SETTINGS | NOT_FROM_CONFIG else ""
    return f"`TOKCOMP_{key.upper()}`{no_file}"


def other_options() -> str:
    """Return every option that is no setting of a plan."""
    rows = []
    for key, offered in options().items():
        if key in all_settings() or key == "help":
            continue
        one = next(iter(offered.values()))
        names = ", ".join(f"`{name}`" for name in sorted(one.opts, key=len, reverse=True))
        variable = f"`{one.envvar}`" if one.envvar else "–"
        rows.append((names, variable, (one.help or "").replace("\n", " "), _named(offered)))
    return table(("option", "variable", "meaning", "commands"), rows)


def _named(offered: dict[str, Any]) -> str:
    """Return the commands that have an option."""
    return ", ".join(offered) if len(offered) <= MOST_NAMED else "most"


def methods() -> str:
    """Return the table of methods by stage."""
    parts = []
    kinds = {
        "Within a frame": [one for one in METHODS if one.stage == "spatial"],
        "Over time, frame by frame": [one for one in METHODS if one.decide is not None],
        "Over a whole video": [one for one in METHODS if one.compress_video is not None],
    }
    for title, ours in kinds.items():
        rows = [(f"`{one.name}`", one.rule, one.paper, ", ".join(sorted(one.needs)) or "–") for one in ours]
        parts.append(f"### {title}\n\n{table(('method', 'rule', 'source', 'needs'), rows)}")
    return "\n".join(parts)


def output(command: str) -> str:
    """Return what a command prints, as a block, at 80 columns."""
    command, _, head = command.partition(" | head -")
    out = io.StringIO()
    os.environ |= {"COLUMNS": WIDTH, "NO_COLOR": "1"}
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        run(command.split()[1:])
    lines = [line.rstrip() for line in out.getvalue().strip("\n").splitlines()]
    if head and int(head) < len(lines):
        lines = [*lines[: int(head)], "…"]
    return "```text\n" + "\n".join(lines) + "\n```\n"


TABLES = {"settings": settings, "other options": other_options, "methods": methods}


def generated(text: str, *, outputs: bool) -> str:
    """Return a page with its generated parts made anew."""

    def part(match: re.Match[str]) -> str:
        if match[2] in TABLES:
            return f"{match[1]}\n{TABLES[match[2]]()}\n{match[3]}"
        return f"{match[1]}\n{output(match[2])}\n{match[3]}" if outputs else match[0]

    return PART.sub(part, text)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(generated(page.read_text(), outputs="--tables" not in sys.argv))
