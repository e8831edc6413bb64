"""The `tokcomp` command: its commands, and how errors leave it."""

import errno
import os
import sys
import traceback
from pathlib import Path

import typer

from tokcomp_cli import __version__
from tokcomp_cli.cli.help_page import PanelledCommand
from tokcomp_cli.cli.interrupts import interrupted, leave, note_interrupts
from tokcomp_cli.cli.options import CONFIG, OUTPUT, SETTINGS
from tokcomp_cli.cli.plan_options import ANALYSIS, ASKING, DECODING, ENCODER, MERGING, SAMPLING, taking
from tokcomp_cli.cli.usage import usage_words
from tokcomp_cli.commands.analyze import analyze
from tokcomp_cli.commands.ask import BUDGET, ask
from tokcomp_cli.commands.batch import batch
from tokcomp_cli.commands.benches.bench import bench
from tokcomp_cli.commands.budget import budget_command
from tokcomp_cli.commands.compare import compare
from tokcomp_cli.commands.cost import cost
from tokcomp_cli.commands.doctor import doctor
from tokcomp_cli.commands.evidence.eval import evaluation
from tokcomp_cli.commands.evidence.train import train
from tokcomp_cli.commands.export import export
from tokcomp_cli.commands.methods import methods
from tokcomp_cli.commands.models import models
from tokcomp_cli.commands.probe import probe
from tokcomp_cli.commands.show.demo import demo
from tokcomp_cli.commands.show.overlay import overlay_command
from tokcomp_cli.commands.show.report import report
from tokcomp_cli.commands.summarize import summarize
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import ExitCode, TokcompError
from tokcomp_cli.plan.budget import DEFAULT_TARGET, RESIZED_TARGET
from tokcomp_cli.plan.flags import with_flags

OUTPUT_FAILED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})

app = typer.Typer(
    name="tokcomp",
    help="How many visual tokens is this, how far can they be compressed, and what is lost?",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
SHARED = (*OUTPUT, *SETTINGS)
OVERLAID = (*OUTPUT[1:], *SETTINGS)
OF_BUDGET = ("target", "detail", "serving", "ocr", *ANALYSIS)
OF_COMPARE = (*ASKING, *SAMPLING, *MERGING, *ENCODER)
OF_COST = (*SAMPLING, *ENCODER, *DECODING)
OF_EXPORT = (
    "ocr",
    *(key for key in SAMPLING if key != "max_frames"),
    *ENCODER,
    *DECODING,
)
OF_ASK = ("layer_keep", *SAMPLING, *MERGING, "device", "offline", "encoder", "seed")
app.command("analyze", cls=PanelledCommand)(taking(analyze, *ANALYSIS, shared=SHARED))
app.command("budget", cls=PanelledCommand)(
    taking(budget_command, *OF_BUDGET, shared=SHARED, target=DEFAULT_TARGET)
)
app.command("compare", cls=PanelledCommand)(taking(compare, *OF_COMPARE, shared=SHARED))
app.command("ask", cls=PanelledCommand)(
    taking(ask, *OF_ASK, shared=SHARED, budget=BUDGET, precision="float32")
)
app.command("cost", cls=PanelledCommand)(taking(cost, *OF_COST, shared=SHARED, target=RESIZED_TARGET))
app.command("export", cls=PanelledCommand)(taking(export, *OF_EXPORT, shared=SHARED, target=RESIZED_TARGET))
app.command("probe", cls=PanelledCommand)(taking(probe, "max_pixels", shared=(*OUTPUT, CONFIG)))
app.command("batch", cls=PanelledCommand)(taking(batch, *ANALYSIS, shared=SHARED, target=DEFAULT_TARGET))
app.command("summarize", cls=PanelledCommand)(summarize)
app.command("overlay", cls=PanelledCommand)(taking(overlay_command, *ANALYSIS, shared=OVERLAID))
app.command("report", cls=PanelledCommand)(report)
app.add_typer(methods, name="methods")
app.add_typer(models, name="models")
app.add_typer(bench, name="bench")
app.add_typer(train, name="train")
app.add_typer(evaluation, name="eval")
app.command("doctor", cls=PanelledCommand)(doctor)
app.command("demo", cls=PanelledCommand)(taking(demo, *ENCODER, shared=(*OUTPUT, CONFIG)))


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"tokcomp {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=_version, is_eager=True
    ),
) -> None:
    """How many visual tokens is this, how far can they be compressed, and what is lost?"""


def main() -> None:
    """Run the command line and leave with its exit code; where stderr is closed, messages go nowhere."""
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 for the whole run
    if sys.stdout is None:
        sys.stderr.write(
            "error: standard output is closed, so nothing could be shown; open it or redirect it\n"
        )
        sys.exit(ExitCode.FAILED)
    note_interrupts()
    code = run(sys.argv[1:])
    leave(code) if code == ExitCode.INTERRUPTED else sys.exit(code)


def run(arguments: list[str]) -> int:
    """Return the exit code of a command line; every error leaves as one sentence on stderr.

    Args:
        arguments: Without the program's name.
    """
    debug = "--debug" in arguments or os.environ.get("TOKCOMP_DEBUG", "") not in {"", "0"}
    try:
        code = typer.main.get_command(app).main(arguments, prog_name="tokcomp", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except SystemExit as error:
        code = _reader_left() if isinstance(error.__context__, BrokenPipeError) else error.code
    except BrokenPipeError:
        code = _reader_left()
    except Exception as error:
        if debug:
            traceback.print_exc()
        code = ExitCode.INTERRUPTED if interrupted() else _told(error, arguments)
    if code == ExitCode.INTERRUPTED:
        typer.echo("interrupted", err=True)
    return int(code or 0)


def _told(error: Exception, arguments: list[str]) -> int:
    """Tell an error in one sentence and return its exit code."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()  # type: ignore[attr-defined]  # a group without a command prints its help
        return ExitCode.USAGE
    if hasattr(error, "format_message"):  # wrong usage that the command-line library found
        typer.echo(f"error: {printable(usage_words(error, arguments))}", err=True)
        return int(getattr(error, "exit_code", ExitCode.USAGE))
    if isinstance(error, TokcompError):
        typer.echo(f"error: {printable(with_flags(str(error), _option_keys()))}", err=True)
        return error.exit_code
    if isinstance(error, OSError) and error.errno in OUTPUT_FAILED:
        _reader_left()
        typer.echo(f"error: the output could not be written ({error.strerror}); free some space", err=True)
        return ExitCode.FAILED
    kind, message = type(error).__name__, printable(str(error))
    typer.echo(f"error: unexpected {kind}: {message}; this is a bug, --debug shows where", err=True)
    return ExitCode.FAILED


def _option_keys() -> set[str]:
    """Return the keys of all options of all commands."""
    commands = getattr(typer.main.get_command(app), "commands", {}).values()
    return {parameter.name for command in commands for parameter in command.params if parameter.name}


def _reader_left() -> int:
    """Return 0: nobody reads on (| head). Python would complain once more when it closes stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.OK
