"""The page of comparisons: methods by what they keep, with intervals, and what each throws away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

from tokcomp_cli.core.results.comparison import WHERE, ComparedMethod, Comparison
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import points, share, target
from tokcomp_cli.render.facts import encoder_words, media_words
from tokcomp_cli.render.page.environment import page
from tokcomp_cli.render.page.keep_map import KeepMapDrawing, keep_map_drawing
from tokcomp_cli.render.page.picture import PagePicture

MOST_DRAWN = 12
"""Comparisons of one page that are drawn with keep-maps."""


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One method of a comparison; places are shares of the chart's width.

    Attributes:
        row: The method.
        kept, lift: As shown.
        x: Where what it keeps lies.
        chance: Where the random selections' mean lies, and one standard deviation to either side.
        drawing: Its keep-map, or None.
    """

    row: ComparedMethod
    kept: str
    lift: str
    x: float
    chance: tuple[float, float, float]
    drawing: KeepMapDrawing | None


@dataclass(frozen=True, slots=True)
class PoolView:
    """The methods that start from one pool of tokens, the best first; `low` is where their axis begins."""

    name: str
    title: str
    gloss: str
    low: str
    rows: list[MethodRow]


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """One comparison as the template shows it."""

    name: str
    found: Comparison
    pools: list[PoolView]
    source: list[tuple[str, str]]
    pictured: bool


def comparison_page(
    comparisons: Sequence[Comparison],
    *,
    pictures: Mapping[int, PagePicture],
    failed: Sequence[tuple[str, str]] = (),
    summaries: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the page of one or several comparisons.

    Args:
        comparisons: In the order of the inputs.
        pictures: What the encoder saw of the frame whose keep-maps are there, by comparison.
        failed: Paths and sentences of inputs that could not be done.
        summaries: What several come to together.
    """
    views = [
        _view(f"file{at}", one, pictures.get(at), drawn=at < MOST_DRAWN) for at, one in enumerate(comparisons)
    ]
    names = plural(len(comparisons), "file") if len(comparisons) != 1 else comparisons[0].path
    return page(
        "comparison.html",
        title=f"{names} · tokcomp compare",
        data={},
        views=views,
        failed=failed,
        summaries=[one for one in summaries if one.get("methods")],
    )


def _view(name: str, found: Comparison, picture: PagePicture | None, *, drawn: bool) -> ComparisonView:
    source = [("encoder", encoder_words(found.encoder))]
    if found.media is not None:
        source.insert(0, ("media", media_words(found.media)))
    pools = list[PoolView]()
    for pool in dict.fromkeys(row.pool for row in found.methods):
        rows = [row for row in found.methods if row.pool == pool]
        whole = found.original == found.encoder.num_patches
        gloss = f"{count(found.tokens_of(pool))} → {plural(found.tokens, 'token')} for every method"
        title = "Methods" if whole else f"Methods {WHERE[pool]}"
        low = _low(rows)
        shown = _rows(rows, low, picture, drawn=drawn)
        pools.append(PoolView(f"pool{len(pools)}", title, gloss, target(low), shown))
    return ComparisonView(name, found, pools, source, picture is not None)


def _low(rows: Sequence[ComparedMethod]) -> float:
    """Return where the axis begins: at the least that is shown, with a little room."""
    kept = [row.fidelity.explained for row in rows]
    least = min(*kept, *(row.fidelity.explained - row.lift - row.lift_spread for row in rows))
    return max(floor(least * 10) / 10, -0.2)


def _rows(
    rows: Sequence[ComparedMethod], low: float, picture: PagePicture | None, *, drawn: bool
) -> list[MethodRow]:
    """Return the rows on one axis, from `low` to everything kept."""

    def x(value: float) -> float:
        return min(max((value - low) / (1 - low), 0.0), 1.0) if low < 1 else 1.0

    found = []
    for row in rows:
        kept, spread = row.fidelity.explained, row.lift_spread
        chance = kept - row.lift
        drawing = keep_map_drawing(row.map, picture) if drawn and row.map is not None else None
        band = x(chance - spread), x(chance), x(chance + spread)
        found.append(MethodRow(row, share(kept), points(row.lift), x(kept), band, drawing))
    return found
