"""What stands beside the ledger, as lines and tables: detail path, tiers of relevance, a serving engine."""

from tokcomp_cli.core.results.advice import Detail, Lod, Serving
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.render.bars import ALERT, GOOD, PLAIN, QUIET, STRONG, Bar, Cell, Grid, Line
from tokcomp_cli.render.words import count, less, plural, seconds, share

Part = tuple[str, str, tuple[Line | Grid, ...]]  # title, gloss, body of a section
SHADES = "█▅▂▁"


def advice(analysis: Analysis, *, whole: bool) -> tuple[Part, ...]:
    """Return the sections of what was asked for.

    Args:
        analysis: What the run found out.
        whole: Whether the detail path is told of where only the decision was made, too.
    """
    parts = []
    if analysis.detail is not None and (whole or analysis.detail.tiles is not None):
        parts.append(detail(analysis.detail))
    if analysis.lod is not None:
        parts.append(lod(analysis.lod))
    if analysis.serving is not None:
        parts.append(serving(analysis.serving))
    return tuple(parts)


def detail(found: Detail) -> Part:
    """Return whether the detail path is wanted, why, and what it is worth where that was measured."""
    where = "" if found.at_seconds is None else f"; judged by the hardest merged frame, at {_at(found)}"
    gloss = ("wanted" if found.wanted else "not wanted") + where
    body: list[Line | Grid] = [((reason, PLAIN),) for reason in found.reasons]
    if not found.wanted:
        edges = f"{found.edge:.0%} of the pixels are on edges"
        body.append(((f"{edges}, and no query asks for a small or written thing", PLAIN),))
    if found.tiles is None:
        body.append((("--detail encodes the tiles and measures what they recover", QUIET),))
        return "Detail path", gloss, tuple(body)
    body.append(_worth(found))
    body.append(((f"explained: of the picture at 3 times the resolution, {found.tiles} tiles", QUIET),))
    body += [((note, QUIET),) for note in found.notes]
    return "Detail path", gloss, tuple(body)


def _at(found: Detail | Lod) -> str:
    return "" if found.at_seconds is None else seconds(found.at_seconds)


def _worth(found: Detail) -> Grid:
    start, new, every = found.tokens_global or 0, found.tokens_detail or 0, found.tokens_tiles or 0
    lines = (
        ("global tokens alone", start, found.explained_global),
        (f"and the {count(new)} new of {count(every)}", start + new, found.explained_detail),
        ("and all of them", start + every, found.explained_all),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        ((name, PLAIN), (count(tokens), PLAIN), Bar(value), (share(value).replace("-", "−"), PLAIN))
        for name, tokens, value in lines
        if value is not None
    )
    return Grid(("", "tokens>", "", "explained>"), rows)


def lod(found: Lod) -> Part:
    """Return the tiers, what they leave, and the map of which cells are in which."""
    tall, wide = found.cell
    by = "saliency" if found.relevance == "saliency" else "the query"
    gloss = (
        f"alone leave {count(found.tokens)} of {plural(found.tokens_in, 'token')}, explained "
        f"{share(found.explained)}; cells of {tall}×{wide} patches ranked by {by}"
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            (_shade(number) * 2, STRONG),
            (count(tier.cells), PLAIN),
            (count(tier.tokens_per_cell), PLAIN),
            (count(tier.cells * tier.tokens_per_cell), QUIET),
        )
        for number, tier in enumerate(found.tiers)
    )
    table = Grid(("", "cells>", "tokens a cell>", "at most>"), rows)
    shade = {tier.tokens_per_cell: _shade(number) for number, tier in enumerate(found.tiers)}
    drawn: list[Line] = [(("".join(shade[kept] * 2 for kept in row), PLAIN),) for row in found.map]
    where = () if found.at_seconds is None else (((f"map: the merged frame at {_at(found)}", QUIET),),)
    versus = (
        f"ward at the same count explains {share(found.explained_ward)}; tiers spend by relevance instead"
    )
    return "Tiers", gloss, (table, *drawn, *where, ((versus, QUIET),))


def _shade(tier: int) -> str:
    return SHADES[min(tier, len(SHADES) - 1)]


def serving(found: Serving) -> Part:
    """Return the setting for the engine and what was measured for it."""
    gloss = f"{found.engine}, the strongest pruning that keeps {found.target:g}"
    notes = tuple(((note, PLAIN if found.setting is None else QUIET),) for note in found.notes)
    if found.setting is None or found.explained is None:
        return "Serving", gloss, notes
    left, before = found.tokens_out or 0, found.tokens_in or 0
    kept = f"{count(left)} of {plural(before, 'token')} ({less(1 - left / before)})"
    measured = f"{kept} explain {share(found.explained)}, pruned by {found.method}"
    body: list[Line] = [((found.setting, GOOD),), ((measured, PLAIN),)]
    if found.next_value is not None and found.next_explained is not None:
        body.append(((f"{found.next_value:g} would leave {share(found.next_explained)}", ALERT),))
    body.append(((f"measured in {found.measured_in}", QUIET),))
    return "Serving", gloss, (*body, *notes)
