"""The pages of `budget --calibrate` and `models calibrate`."""

from collections.abc import Mapping, Sequence

from tokcomp_cli.core.results.calibration import DifficultyCalibration, Predictor
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import decimal, target
from tokcomp_cli.render.console.difficulty import bands
from tokcomp_cli.render.console.layout import ALERT, BAR, QUIET, STRONG, Page, Section, words
from tokcomp_cli.render.console.table import Bar, Cell, FittedTable, facts
from tokcomp_cli.render.schema.calibration import settings_of

NOTE = "note's score"
_MEANS = {
    "edge": "share of pixels on edges",
    "colour": "spread of the colours",
    "fine": "finest structure in pixels",
    "objects": "salient regions",
    "effective_rank": "of the content",
    "attention_entropy": "how spread attention is",
    "energy": "how much content a patch has",
    "gram_rank": "variety, large parts first",
    "variety": "effective rank, mean taken out",
    NOTE: "0.3 edge, 0.2 colour, 0.5 objects",
    "text likelihood": "writing found by PP-OCR",
}


def predictors_page(found: DifficultyCalibration) -> Page:
    """Return the page of `tokcomp budget --calibrate`."""
    headers = ("signal", "", "correlation>", "95% interval>", "files>", "")
    table = FittedTable(headers, [_predictor(one) for one in found.predictors], spare=(5, 4))
    gloss = f"rank correlation of each signal with the tokens needed for {target(found.target)}"
    begin = [words(f"of the scores by {found.rule}: {bands(found.cuts)}")]
    if kept := " ".join(f"--{key} {value}" for key, value in (settings_of(found) or {}).items()):
        begin.append(words(("--write-config keeps ", QUIET), kept))
    skipped = f", {plural(len(found.passed_over), 'file')} skipped" if found.passed_over else ""
    measured = words(f"{plural(found.files, 'file')}{skipped}, encoder {found.encoder}")
    head = (words(found.folder), "", words((found.verdict, STRONG)), "", measured)
    return [
        Section("tokcomp budget --calibrate", "", head, framed=True),
        Section("Predictors", gloss, (table,)),
        Section("Bands", "30th, 70th and 90th percentile", begin),
    ]


def _predictor(one: Predictor) -> tuple[Cell, ...]:
    found = one.correlation
    return (
        "heuristic score" if one.signal == NOTE else one.signal.replace("_", " "),
        Bar(abs(found.mean)),
        (decimal(found.mean, 2), STRONG),
        f"{decimal(found.low, 2)} to {decimal(found.high, 2)}",
        (str(one.files), QUIET),
        (_MEANS.get(one.signal, ""), QUIET),
    )


def calibration_page(
    encoder: str, threshold: float, similarity: str, floor: float, evidence: Mapping[str, object]
) -> Page:
    """Return the page of `tokcomp models calibrate`.

    Args:
        encoder: Name.
        threshold: Similarity above which a frame joins.
        similarity: Statistic over the cosines of patches.
        floor: Least content energy of a patch.
        evidence: With `histogram`, a list of {low, high, neighbours, strangers}.
    """
    numbers = facts(
        ("threshold", (f"{threshold:.4g}", STRONG)), ("similarity", similarity), ("floor", f"{floor:.4g}")
    )
    page = [Section("tokcomp models calibrate", "", (words(encoder), "", numbers), framed=True)]
    found = evidence.get("histogram", ())
    bins: Sequence[Mapping[str, float]] = found if isinstance(found, list | tuple) else ()
    if bins:
        gloss = "neighbours: a frame and the next of its clip; strangers: frames of two clips"
        page.append(Section("Similarity", gloss, (_histogram(bins, threshold),)))
    return page


def _histogram(bins: Sequence[Mapping[str, float]], threshold: float) -> FittedTable:
    most = {side: max(one[side] for one in bins) or 1 for side in ("neighbours", "strangers")}
    rows: list[tuple[Cell, ...]] = [
        (
            f"{decimal(one['low'], 2)} to {decimal(one['high'], 2)}",
            count(int(one["neighbours"])),
            Bar(one["neighbours"] / most["neighbours"], BAR),
            count(int(one["strangers"])),
            Bar(one["strangers"] / most["strangers"], QUIET),
            (f"← {threshold:.4g}" if one["low"] <= threshold < one["high"] else "", ALERT),
        )
        for one in bins
    ]
    return FittedTable(("similarity", "neighbours>", "", "strangers>", "", ""), rows)
