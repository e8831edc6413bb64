"""How hard an input looks, and what its resize to the encoder's input leaves."""

from rich.console import RenderableType

from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.difficulty import Difficulty, RegionMap
from tokcomp_cli.core.rounding import plural
from tokcomp_cli.core.shares import decimal, share
from tokcomp_cli.render.console.layout import ALERT, PLAIN, QUIET, STRONG, Section, words
from tokcomp_cli.render.console.table import Bar, Cell, FittedTable
from tokcomp_cli.render.schema.calibration import PLAIN_CUTS
from tokcomp_cli.render.units import seconds

PLAIN_RULE = "note"
BANDS_ABOVE = ("medium", "hard", "very hard")
MOST_ROWS = 16
BACKGROUND = "."
LABELS = "123456789abcdefghijklmnopqrstuvwxyz"
_MEANS = {
    "edge": "share of pixels on edges",
    "colour": "spread of the colours",
    "objects": "salient regions",
    "variety": "predicts the tokens needed",
    "length": "words in the query",
    "negation": "query says not or without",
    "counting": "query asks how many",
    "reasoning": "query asks why or how",
}


def difficulty(found: Difficulty) -> Section:
    """Return the score, what adds up to it, and two measures beside it."""
    body: list[RenderableType] = []
    if found.query is not None:
        body.append(words(("query ", QUIET), (found.query, STRONG)))
    unasked = [
        name for name, feature in found.features.items() if feature.raw is None and found.query is None
    ]
    body.append(_features(found, unasked))
    if found.hardest_seconds is not None and found.hardest_score is not None:
        when = seconds(found.hardest_seconds)
        body.append(words(f"hardest merged frame: {decimal(found.hardest_score)} at {when}"))
    if unasked:
        body.append(words((f"no query, so not measured: {', '.join(unasked)}", QUIET)))
    other = (
        f"effective rank {found.effective_rank:.1f} · attention entropy {decimal(found.attention_entropy)} · "
        f"variety {found.variety:.1f}"
    )
    body.append(words((other, QUIET)))
    likelihood = [] if found.text_likelihood is None else [f"text likelihood {share(found.text_likelihood)}"]
    if text := ", ".join([*likelihood, *([found.text_note] if found.text_note else [])]):
        body.append(words((text, QUIET)))
    if (found.rule, found.cuts) != (PLAIN_RULE, PLAIN_CUTS):
        body.append(words(f"rule {found.rule}; bands begin: {bands(found.cuts)}"))
    return Section("Difficulty", f"{decimal(found.score)} = {found.band}", body)


def bands(cuts: tuple[float, float, float]) -> str:
    """Return the scores at which the bands begin."""
    return ", ".join(f"{name} at {cut:g}" for name, cut in zip(BANDS_ABOVE, cuts, strict=True))


def _features(found: Difficulty, unasked: list[str]) -> FittedTable:
    """Return each feature with its value, raw measure and contribution, and their sum."""
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            Bar(feature.value),
            decimal(feature.value, 2),
            ("" if feature.raw is None else f"{feature.raw:.4g}", QUIET),
            f"+{decimal(feature.contribution)}",
            (_MEANS.get(name, ""), QUIET),
        )
        for name, feature in found.features.items()
        if name not in unasked
    ]
    score = (decimal(found.score), STRONG)
    rows.append((("difficulty", STRONG), Bar(found.score), "", "", score, (found.band, STRONG)))
    return FittedTable(("feature", "", "value>", "raw>", "adds>", ""), rows, spare=(5, 3))


def regions(found: RegionMap) -> Section:
    """Return the map of the salient regions that count as objects.

    A cell is two characters wide, so that it looks about square; of large grids every k-th patch is drawn.
    """
    gloss = f"{plural(found.regions, 'salient region')}, {BACKGROUND} background"
    if found.seconds:
        gloss += f"; the hardest merged frame, at {seconds(found.seconds)}"
    rows, columns = found.grid
    every = -(-rows // MOST_ROWS)
    grid = [found.region[row * columns : (row + 1) * columns : every] for row in range(0, rows, every)]
    return Section("Regions", gloss, [words(*map(_cell, row)) for row in grid])


def _cell(region: int) -> tuple[str, str]:
    if not region:
        return (BACKGROUND + " ", QUIET)
    return (LABELS[(region - 1) % len(LABELS)] + " ", STRONG)


def resolution(analysis: Analysis) -> list[Section]:
    """Return what the resize to the encoder's input leaves of the pictures, where it was measured."""
    found = analysis.resolution
    if found is None:
        return []
    height, width = analysis.encoder.input_size
    style = ALERT if found.bound else PLAIN
    lines = [
        words(
            f"resizing to {width}×{height} keeps {share(found.kept)} of fine detail, "
            f"{share(found.contrast_kept)} of contrast"
        )
    ]
    if found.words_full is not None:
        still = f", {found.words_encoder} still readable after the resize" if found.words_full else ""
        lines.append(words((f"{plural(found.words_full, 'word')} read in the picture{still}", style)))
    if found.bound:
        lines.append(words(("limited by resolution, not by tokens: --detail measures a closer look", ALERT)))
    return [Section("Resolution", f"on {plural(found.frames_measured, 'picture')}", lines)]
