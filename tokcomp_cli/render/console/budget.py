"""The page of `budget` for one file."""

from collections.abc import Mapping

from rich.console import RenderableType
from rich.padding import Padding

from tokcomp_cli.core.results.analysis import Analysis, Scalar
from tokcomp_cli.core.results.curve import Recommendation
from tokcomp_cli.core.rounding import count, keep, plural
from tokcomp_cli.core.shares import fewer, share, target
from tokcomp_cli.render.console import analysis as shared
from tokcomp_cli.render.console.advice import advice
from tokcomp_cli.render.console.curve import CurveChart
from tokcomp_cli.render.console.difficulty import difficulty, regions, resolution
from tokcomp_cli.render.console.layout import (
    ALERT,
    GOOD,
    INDENT,
    QUIET,
    STRONG,
    Page,
    Part,
    Section,
    SideBySide,
    loss_style,
    words,
)
from tokcomp_cli.render.console.table import facts
from tokcomp_cli.render.facts import settings


def budget_page(analysis: Analysis) -> Page:
    """Return the page of `tokcomp budget`."""
    found, how_hard = analysis.difficulty.region_map, difficulty(analysis.difficulty)
    seen = SideBySide(how_hard, regions(found)) if found is not None and found.regions else how_hard
    recommended = analysis.recommendation
    return [
        shared.headline("tokcomp budget", analysis, _numbers(analysis)),
        *shared.warnings(analysis),
        *([] if recommended is None else [recommendation(recommended, analysis.original)]),
        budget(analysis),
        seen,
        *resolution(analysis),
        *shared.trace(analysis),
        *advice(analysis, whole=True),
        shared.source(analysis),
        *shared.time(analysis),
    ]


def _numbers(analysis: Analysis) -> RenderableType:
    """Return the fewest tokens for the target, what the budget in force keeps, and the weakest moment."""
    advice, rows = analysis.recommendation, list[tuple[str, Part]]()
    if advice is not None and (found := advice.recommended) is not None:
        few = f"{count(found.tokens)} of {plural(analysis.original, 'token')}"
        gone = fewer(1 - found.tokens / analysis.original)
        kept = f"{few} ({gone}) {keep(found.tokens)} {share(found.explained)}"
        rows += [(f"target {target(advice.target)}", (kept, GOOD)), *shared.weakest(advice.weakest)]
    explained = analysis.fidelity.explained
    in_force = analysis.plan.get("budget")
    now = "as it stands" if in_force is None else f"--budget {in_force}"
    rows.append((now, (_kept(analysis), loss_style(explained))))
    return facts(*rows, *([] if rows[1:] else shared.weakest(analysis.weakest)))


def _kept(analysis: Analysis) -> str:
    few = f"{count(analysis.llm_input)} of {plural(analysis.original, 'token')}"
    return (
        f"{few} ({fewer(analysis.reduction)}) {keep(analysis.llm_input)} {share(analysis.fidelity.explained)}"
    )


def budget(analysis: Analysis) -> Section:
    """Return the budget that the band, or the user, asked for."""
    stage = analysis.stages[-1]
    how = "reduced" if stage.name == "budget" else stage.name
    return Section(
        "Budget",
        f"band {analysis.difficulty.band}, {how} by {stage.method}",
        [
            words((settings(stage.params), QUIET)),
            *(words(note) for note in stage.notes),
        ],
    )


def recommendation(advice: Recommendation, original: int) -> Section:
    """Return the curve of fidelity against budget and the smallest budget that reaches the target."""
    wanted, knee = target(advice.target), advice.knee
    if found := advice.recommended:
        which = "the fewest that reach" if advice.fewest else "enough for"
        gone = fewer(1 - found.tokens / original)
        kept = f" {keep(found.tokens)} {share(found.explained)} ({gone}), {which} {wanted}"
        best = words(("▲ ", GOOD), (plural(found.tokens, "token"), STRONG), kept)
    else:
        best = words((f"no budget reaches {wanted}; the most is {share(advice.reachable)}", ALERT))
    turn = f"{plural(knee.tokens, 'token')} {keep(knee.tokens)} {share(knee.explained)}"
    return Section(
        "Recommendation",
        f"content kept against tokens, target {wanted}",
        [
            CurveChart(advice),
            best,
            *_ways(advice),
            words(("◆ ", STRONG), turn, (", the knee: more tokens add less from here on", QUIET)),
        ],
    )


def _ways(advice: Recommendation) -> list[Padding]:
    """Return which way to merge gives the recommended count, and what other ways need."""
    ways = []
    if advice.options:
        default = advice.default_tokens
        ways = [f"with {_options(advice.options)}"]
        ways.append(f"the default needs {count(default)}" if default else "the default does not reach it")
    if (other := advice.runner_up) is not None and other.options:
        ways.append(f"{_options(other.options)} needs {count(other.tokens)}")
    lines = [words("; ".join(ways))] if ways else []
    lines += [] if advice.not_tried is None else [words((advice.not_tried, QUIET))]
    return [Padding(line, (0, 0, 0, INDENT)) for line in lines]


def _options(options: Mapping[str, Scalar]) -> str:
    return " ".join(f"--{key.replace('_', '-')} {value}" for key, value in options.items())
