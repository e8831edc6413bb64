"""`tokcomp ask`: what a model still answers with fewer visual tokens."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokcomp_cli.cli.encoder_options import load_chosen
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.progress import Tick, watched
from tokcomp_cli.cli.request import about_config
from tokcomp_cli.cli.settings import source_of
from tokcomp_cli.cli.usage import check_inputs
from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.asking.plan import AskPlan
    from tokcomp_cli.core.results.ask import Answered
    from tokcomp_cli.plan.plan import Plan

BUDGET = "25%"  # where none is given

Input = Annotated[
    str | None, typer.Argument(help="A picture or a video on this machine.", show_default=False)
]
Question = Annotated[str | None, typer.Argument(help="What to ask, in quotes.", show_default=False)]
Model = Annotated[
    str | None,
    typer.Option(
        "--vlm",
        metavar="FOLDER|OWNER/NAME|smolvlm",
        help="Vision-language model that is on this machine.",
        envvar="TOKCOMP_VLM",
        show_envvar=False,
        show_default=False,
    ),
]
MethodName = Annotated[
    str,
    typer.Option(
        "--method",
        help="Method for the model's own visual tokens.",
        envvar="TOKCOMP_METHOD",
        show_envvar=False,
    ),
]
Before = Annotated[
    str,
    typer.Option(
        "--before",
        metavar="merge|none",
        help="Show the model merged frames, or all frames.",
        envvar="TOKCOMP_BEFORE",
        show_envvar=False,
    ),
]
NewTokens = Annotated[
    int,
    typer.Option(
        "--max-new-tokens", help="Longest answer.", envvar="TOKCOMP_MAX_NEW_TOKENS", show_envvar=False
    ),
]
Repeat = Annotated[
    int,
    typer.Option(
        "--repeat", help="Rounds; times are their medians.", envvar="TOKCOMP_REPEAT", show_envvar=False
    ),
]
SweepOn = Annotated[bool, typer.Option("--sweep", help="Also try other budgets and methods.")]
Methods = Annotated[
    str | None,
    typer.Option("--methods", metavar="A,B,…", help="Only these in the sweep.", show_default=False),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust-remote-code",
        help="Run code that lies beside the model's weights.",
        envvar="TOKCOMP_TRUST_REMOTE_CODE",
        show_envvar=False,
    ),
]


def ask(
    context: typer.Context,
    path: Input = None,
    question: Question = None,
    vlm: Model = None,
    method: MethodName = "ward",
    before: Before = "merge",
    max_new_tokens: NewTokens = 32,
    repeat: Repeat = 3,
    sweep: SweepOn = False,
    methods: Methods = None,
    trust_remote_code: Trust = False,
    **given: object,
) -> None:
    """Ask a model with all visual tokens and with fewer.

    \b
    tokcomp ask photo.jpg "What is on the table?" --vlm smolvlm --budget 64
    tokcomp ask clip.mp4 "What happens?" --vlm ./my-llava --layer-keep pyramiddrop --json
    tokcomp ask photo.jpg "What does it say?" --vlm smolvlm --sweep
    """
    _leave_target(context)
    if about_config(context, check=lambda: _plan(context, plan_of(context), question or "?")):
        return
    if not path or question is None or vlm is None:
        raise PlanError(
            "name a picture or video, a question and a model, as: "
            'tokcomp ask photo.jpg "What is this?" --vlm smolvlm'
        )
    check_inputs([path])
    sampling = plan_of(context)
    with watched(Path(path).name, "steps", quiet=context.params["quiet"]) as tick:
        answered = _asked(context, path, vlm, _plan(context, sampling, question), tick)
    _present(answered, as_json=context.params["as_json"])


def _leave_target(context: typer.Context) -> None:
    """Leave a target of the environment or the config file to other commands; a typed one fails later."""
    given, where = context.params["budget"], source_of(context, "budget")
    if where == "option" or not given.strip().lower().startswith("target"):
        return
    if not context.params["quiet"]:
        typer.echo(f"budget: {BUDGET}, as {given} from the {where} is not for ask; give --budget", err=True)
    context.params["budget"] = BUDGET
    if source := context.get_parameter_source("budget"):
        context.set_parameter_source("budget", type(source)["DEFAULT"])


def _plan(context: typer.Context, sampling: "Plan", question: str) -> "AskPlan":
    """Return what the options ask for, before any file is opened."""
    from tokcomp_cli.asking.plan import AskPlan
    from tokcomp_cli.comparison.select import choose

    given = context.params
    methods = choose(given["method"])
    if len(methods) != 1:
        raise PlanError(f"--method takes one method; got {given['method']!r}; --sweep tries out several")
    if given["methods"] is not None and not given["sweep"]:
        raise PlanError("--methods names what --sweep tries out; give --sweep too, or --method for one")
    return AskPlan(
        question=question,
        sampling=sampling,
        method=methods[0],
        before=given["before"],
        max_new_tokens=given["max_new_tokens"],
        repeat=given["repeat"],
        sweep=given["sweep"],
        methods=None if given["methods"] is None else choose(given["methods"]),
    )


def _asked(context: typer.Context, path: str, name: str, plan: "AskPlan", tick: Tick) -> "Answered":
    from tokcomp_cli.asking.run import ask as ask_model
    from tokcomp_cli.vlm.load import load_vlm

    given = context.params
    how = {key: given[key] for key in ("device", "precision", "offline", "trust_remote_code")}
    return ask_model(
        path,
        plan,
        lambda: load_vlm(name, **how),
        lambda: load_chosen(plan.sampling.encoder, quiet=given["quiet"]),
        tick,
    )


def _present(found: "Answered", *, as_json: bool) -> None:
    from tokcomp_cli.render.console.ask import answer_page
    from tokcomp_cli.render.console.terminal import print_page
    from tokcomp_cli.render.schema.ask import answer_document
    from tokcomp_cli.render.schema.document import dumps

    if as_json:
        typer.echo(dumps(answer_document(found)))
        return
    from tokcomp_cli.render.console.terminal import make_console

    print_page(answer_page(found), make_console())
