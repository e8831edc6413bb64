"""What a run advises beside its ledger: a closer look, tiers of relevance, a serving engine's setting."""

from rich.console import RenderableType

from tokcomp_cli.core.results.advice import Detail, Lod, Serving
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import fewer, share, target
from tokcomp_cli.render.console.layout import ALERT, GOOD, QUIET, STRONG, Section, loss_style, words
from tokcomp_cli.render.console.table import Bar, Cell, FittedTable
from tokcomp_cli.render.units import seconds

SHADES = "█▅▂▁"


def advice(analysis: Analysis, *, whole: bool) -> list[Section]:
    """Return the sections of what was asked for.

    Args:
        analysis: What the run found out.
        whole: Whether the closer look is shown where only the decision was made, too.
    """
    sections = []
    if analysis.detail is not None and (whole or analysis.detail.tiles is not None):
        sections.append(closer_look(analysis.detail))
    if analysis.lod is not None:
        sections.append(tiers(analysis.lod))
    if analysis.serving is not None:
        sections.append(serving(analysis.serving))
    return sections


def closer_look(found: Detail) -> Section:
    """Return whether a closer look is needed, why, and what it recovers where that was measured."""
    where = "" if found.at_seconds is None else f", judged at {seconds(found.at_seconds)}, the hardest moment"
    gloss = ("needed" if found.wanted else "not needed") + where
    body: list[RenderableType] = [words(reason) for reason in found.reasons]
    if not found.wanted:
        edges = f"{share(found.edge)} of the pixels are on edges"
        body.append(words(f"{edges}, and no query asks for something small or written"))
    if found.tiles is None:
        verb = "measures" if found.wanted else "forces"
        body.append(words((f"--detail {verb} it: it encodes the picture in tiles", QUIET)))
        return Section("Closer look", gloss, body)
    body.append(_recovered(found))
    tiles = f"content kept of the {found.tiles} tiles alone, the picture at 3 times the resolution"
    body.append(words((tiles, QUIET)))
    return Section("Closer look", gloss, body + [words((note, QUIET)) for note in found.notes])


def _recovered(found: Detail) -> FittedTable:
    start, new, every = found.tokens_global or 0, found.tokens_detail or 0, found.tokens_tiles or 0
    lines = (
        ("global tokens alone", start, found.explained_global),
        (f"with the {count(new)} new of {count(every)}", start + new, found.explained_detail),
        ("with all of them", start + every, found.explained_all),
    )
    rows = [
        (name, count(tokens), Bar(value, loss_style(value)), share(value))
        for name, tokens, value in lines
        if value is not None
    ]
    return FittedTable(("", "tokens>", "", "of the tiles>"), rows)


def tiers(found: Lod) -> Section:
    """Return the tiers, what they leave, and the map of which cells are in which."""
    tall, wide = found.cell
    by = "saliency" if found.relevance == "saliency" else "the query"
    gloss = (
        f"alone leave {count(found.tokens)} of {plural(found.tokens_in, 'token')}, which keep "
        f"{share(found.explained)}; cells of {tall}×{wide} patches ranked by {by}"
    )
    rows: list[tuple[Cell, ...]] = [
        (
            (_shade(number) * 2, STRONG),
            count(tier.cells),
            count(tier.tokens_per_cell),
            (count(tier.cells * tier.tokens_per_cell), QUIET),
        )
        for number, tier in enumerate(found.tiers)
    ]
    body: list[RenderableType] = [FittedTable(("", "cells>", "tokens a cell>", "at most>"), rows)]
    shade = {tier.tokens_per_cell: _shade(number) for number, tier in enumerate(found.tiers)}
    body += [words("".join(shade[kept] * 2 for kept in row)) for row in found.map]
    if found.at_seconds is not None:
        body.append(words((f"map: the merged frame at {seconds(found.at_seconds)}", QUIET)))
    other = f"ward at the same count keeps {share(found.explained_ward)}; tiers spend by relevance instead"
    return Section("Tiers", gloss, [*body, words((other, QUIET))])


def _shade(tier: int) -> str:
    return SHADES[min(tier, len(SHADES) - 1)]


def serving(found: Serving) -> Section:
    """Return the setting for the engine and what was measured for it."""
    gloss = f"{found.engine}, the strongest pruning that keeps {target(found.target)}"
    if found.setting is None or found.explained is None:
        return Section("Serving", gloss, [words(note) for note in found.notes])
    left, before = found.tokens_out or 0, found.tokens_in or 0
    few = f"{count(left)} of {plural(before, 'token')} ({fewer(1 - left / before)})"
    body = [
        words((found.setting, GOOD)),
        words(f"{few} keep {share(found.explained)}, pruned by {found.method}"),
    ]
    if found.next_value is not None and found.next_explained is not None:
        body.append(words((f"{found.next_value:g} would keep only {share(found.next_explained)}", ALERT)))
    body += [words((note, QUIET)) for note in (f"measured in {found.measured_in}", *found.notes)]
    return Section("Serving", gloss, body)
