"""The public names of the library."""

from tokcomp_cli.ask.plan import AskPlan
from tokcomp_cli.ask.run import ask
from tokcomp_cli.core.results.analysis import Analysis, Fidelity, StageRecord
from tokcomp_cli.core.results.ask import Answered
from tokcomp_cli.core.tokens import Compressed, TokenSet
from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.encoders.kept import kept_encoder
from tokcomp_cli.errors import ContractError, EncoderError, MediaError, ModelError, PlanError, TokcompError
from tokcomp_cli.pipeline.result import Result
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.pipeline.save import save_tokens
from tokcomp_cli.plan.budget import Budget, parse_budget
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.vlm.load import load_vlm

__all__ = [
    "Analysis",
    "Answered",
    "AskPlan",
    "Budget",
    "Compressed",
    "ContractError",
    "EncoderError",
    "Fidelity",
    "MediaError",
    "ModelError",
    "Plan",
    "PlanError",
    "Result",
    "StageRecord",
    "TokcompError",
    "TokenSet",
    "analyze",
    "ask",
    "load_encoder",
    "load_vlm",
    "parse_budget",
    "run",
    "save_tokens",
]


def analyze(path: str, plan: Plan | None = None) -> Analysis:
    """Return the analysis of one file.

    Args:
        path: A local picture or video.
        plan: What to do; None for the defaults.

    Raises:
        TokcompError: With a sentence that says what was expected, what came and what to do.
    """
    plan = plan or Plan()
    return run(path, plan, kept_encoder(plan.encoder)).analysis
