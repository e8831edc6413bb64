"""Help fits its lines, names each option once, and nothing that only prints text loads torch."""

import subprocess
import sys

import pytest
import typer

from tokcomp_cli.commands.app import app

SHORT = 55  # characters; `tokcomp --help` cuts a summary that is longer


def every_command(command=None, name="tokcomp"):
    command = command or typer.main.get_command(app)
    yield name, command
    for key, one in getattr(command, "commands", {}).items():
        yield from every_command(one, f"{name} {key}")


COMMANDS = dict(every_command())
OPTIONS = [(name, one) for name, command in COMMANDS.items() for one in command.params]


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "tokcomp"])
def test_the_summary_of_a_command_fits_its_line(name):
    summary = COMMANDS[name].get_short_help_str(500)
    assert 0 < len(summary) <= SHORT


def test_the_help_of_an_option_fits_and_names_no_variable():
    texts = {(name, one.name): one.help or "" for name, one in OPTIONS if one.param_type_name == "option"}
    long = {name for (_, name), text in texts.items() if len(text.split(" [default:")[0]) > SHORT}
    assert long <= {"show_completion"}  # typer's own
    assert not [one.name for _, one in OPTIONS if one.envvar and one.show_envvar]


def test_one_variable_is_one_option_with_one_grammar_in_all_commands():
    meanings = {}
    for _, one in OPTIONS:
        if one.envvar:
            meanings.setdefault(one.envvar, set()).add((one.name, one.metavar, tuple(one.opts)))
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("typed", "key", "value"), [("--encoder-layer", "layer", "3"), ("--layer", "layer", "3"),
                                ("--llm-layers", "layers", "24"), ("--layers", "layers", "24")]
)  # fmt: skip
def test_the_two_depths_have_names_of_their_own_beside_the_old_ones(tokcomp, typed, key, value):
    page = tokcomp("analyze", typed, value, "--print-config").out
    assert f"{key} = {value} " in page
    assert "option" in next(line for line in page.splitlines() if line.startswith(f"{key} ="))


@pytest.mark.parametrize(
    "command",
    [
        *([*name.split()[1:], "--help"] for name in COMMANDS),
        ["methods"],
        ["models", "list"],
        ["models", "info", "embedded"],
        ["analyze", "--print-config"],
        ["ask", "--print-config"],
        ["analyze", "x.jpg", "--budget", "0"],
        ["budget", "x.jpg", "--target", "2"],
        ["compare", "x.jpg", "--budget", "0"],
        ["ask", "x.jpg", "why?", "--vlm", "y", "--budget", "0"],
        ["batch", "x.jpg", "-o", "x.jsonl", "--layer-keep", "fastvv"],
        ["analyze", "."],
        ["probe", "-"],
        ["photo.jpg"],
    ],
    ids=" ".join,
)
def test_text_needs_no_torch(command):
    code = (
        "import sys; from tokcomp_cli.commands.app import run; run(sys.argv[1:]); "
        "print(sorted({'torch', 'open_clip', 'cv2', 'scipy'} & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True)
    assert ended.stderr.splitlines()[-1] == "[]"
