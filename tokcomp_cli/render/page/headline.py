"""The figures that a page puts first: one place, whatever the fidelity object holds."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from tokcomp_cli.core.results.analysis import Analysis, Fidelity, WorstFrame
from tokcomp_cli.core.results.curve import Weakest
from tokcomp_cli.core.rounding import count, keep, plural
from tokcomp_cli.core.shares import Loss, decimal, fewer, loss, points, share, target
from tokcomp_cli.render.units import seconds

FIRST = "explained"
"""The figure that stands for what is kept."""
NAMES: Mapping[str, tuple[str, str]] = {
    "explained": ("content kept", "share of the content explained"),
    "explained_evenly": ("evenly", "with all patches counting alike"),
    "explained_p5": ("5th percentile", "95% of frames keep at least this"),
    "saliency_kept": ("saliency kept", "share of attention on kept patches"),
    "rank_kept": ("rank kept", "variety of the tokens"),
    "cosine": ("cosine", "mean cosine, patch to token"),
    "pooled": ("pooled", "cosine of the mean token; saturates"),
    "coverage": ("coverage", "distance of the farthest patch"),
    "lift": ("lift", "points over random selection"),
}
_LOST: Mapping[Loss, str] = {"little": "little", "moderate": "some", "much": "much"}
_NO_SHARES = ("cosine", "pooled", "coverage")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: name, how it is shown, what it means, its bar (a share, or None), and the loss it tells."""

    name: str
    shown: str
    meaning: str = ""
    bar: float | None = None
    loss: Loss | None = None


def kept(analysis: Analysis) -> float:
    """Return the share of the input that counts as kept."""
    return float(getattr(analysis.fidelity, FIRST))


def headline(analysis: Analysis) -> list[Figure]:
    """Return the three figures that matter, and the recommended budget where one was asked for."""
    left = kept(analysis)
    figures = [
        Figure(
            "tokens", f"{count(analysis.original)} → {count(analysis.llm_input)}", fewer(analysis.reduction)
        ),
        Figure(NAMES[FIRST][0], share(left), f"{_LOST[loss(left)]} is lost", left, loss(left)),
    ]
    if (weakest := analysis.weakest) is not None:
        name = "weakest region" if weakest.seconds is None else "weakest moment"
        kept_there = weakest.explained
        figures.append(Figure(name, share(kept_there), place_of(weakest), kept_there, loss(kept_there)))
    if (advice := analysis.recommendation) is not None:
        aim = f"fewest for {target(advice.target)}"
        found = advice.recommended
        if found is None:
            figures.append(Figure(aim, "none", f"the most is {share(advice.reachable)}"))
        else:
            gone = fewer(1 - found.tokens / analysis.original)
            figures.append(
                Figure(
                    aim,
                    plural(found.tokens, "token"),
                    f"{gone}, {keep(found.tokens)} {share(found.explained)}",
                )
            )
    return figures


def place_of(weakest: Weakest) -> str:
    """Return where the weakest moment or region is."""
    if weakest.seconds is None:
        return weakest.region or ""
    return f"at {seconds(weakest.seconds)}, frame {count(weakest.frame or 0)}"


def figures(fidelity: Fidelity, *, frames: int) -> list[Figure]:
    """Return every figure of the fidelity object, by its name there; one that this page does not know too.

    Args:
        fidelity: What is left.
        frames: Sampled frames; with one, figures over frames say nothing.
    """
    found = []
    for field in fields(fidelity):
        value, name = getattr(fidelity, field.name), field.name
        if name == "sampled" or (frames == 1 and name in {"explained_p5", "worst_frame"}):
            continue
        if isinstance(value, WorstFrame):
            where = f"{seconds(value.seconds)}, frame {count(value.frame)}"
            found.append(Figure("weakest frame", share(value.explained), where, value.explained))
        elif value is None:
            found.append(Figure(NAMES.get(name, (name, ""))[0], "not measured"))
        elif isinstance(value, int | float):
            found.append(_figure(name, value))
    return found


def _figure(name: str, value: float) -> Figure:
    title, meaning = NAMES.get(name, (name.replace("_", " "), ""))
    if name == "lift":
        return Figure(title, points(value), "points: worse than random" if value < 0 else meaning)
    shown = decimal(value) if name in _NO_SHARES else share(value)
    return Figure(title, shown, meaning, None if name == "coverage" else value)
