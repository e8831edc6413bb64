"""The command that makes a result again, from the settings it holds."""

import shlex

from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.plan.budget import DEFAULT_TARGET
from tokcomp_cli.plan.flags import flag
from tokcomp_cli.plan.plan import Plan, all_settings
from tokcomp_cli.plan.resolved import DEFAULT_RATIO, DEFAULT_SPATIAL

LEFT_OUT = {"spatial": DEFAULT_SPATIAL, "spatial_ratio": DEFAULT_RATIO, "temporal": "frame-merge"}
"""What settings that are left out come to."""


def command_words(analysis: Analysis, command: str) -> str:
    """Return the command line whose settings in force are those of an analysis, without defaults.

    Args:
        analysis: Holds the settings that decide a result, and the encoder.
        command: `analyze` or `budget`.
    """
    usual, given = Plan.of().to_record(), analysis.plan
    path = analysis.media.path
    words = ["tokcomp", command, shlex.quote(f"./{path}" if path.startswith("-") else path)]
    usual |= {"target": DEFAULT_TARGET} if command == "budget" else {}
    known, facts = all_settings(), analysis.encoder
    follows = {"threshold": facts.threshold, "similarity": facts.similarity, **LEFT_OUT}
    for key, value in given.items():
        if key not in known or value is None or value in (usual.get(key), follows.get(key)):
            continue
        words.append(f"{flag(key)} {shlex.quote(f'{value:g}' if isinstance(value, float) else str(value))}")
    if analysis.resolution is not None and analysis.resolution.words_full is not None:
        words.append("--ocr")
    rule = analysis.sampling.rule
    if "=" in rule and rule.split("=")[0] in known:
        words.append(f"--{rule.replace('=', ' ', 1)}")
    words.append(f"--encoder {shlex.quote(facts.name)}")
    return " ".join(words)
