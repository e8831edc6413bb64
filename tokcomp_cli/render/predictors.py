"""What predicts the tokens needed: its page, its document, and the settings that follow from it."""

from tokcomp_cli.core.results.calibration import DifficultyCalibration, Predictor
from tokcomp_cli.render.bars import PLAIN, QUIET, STRONG, Bar, Cell, Grid, Line
from tokcomp_cli.render.page import PLAIN_CUTS
from tokcomp_cli.render.schema import Document, meta
from tokcomp_cli.render.section import Page, Section
from tokcomp_cli.render.words import plural

MEANS = {
    "edge": "share of pixels on edges",
    "colour": "spread of the colours",
    "fine": "finest structure in pixels",
    "objects": "salient regions",
    "effective_rank": "of the content",
    "attention_entropy": "how spread attention is",
    "energy": "how much content a patch has",
    "gram_rank": "variety, large parts first",
    "variety": "effective rank, mean taken out",
    "note's score": "0.3 edge, 0.2 colour, 0.5 objects",
    "text likelihood": "writing found by PP-OCR",
}


def settings_of(found: DifficultyCalibration) -> dict[str, object] | None:
    """Return the settings that a calibration speaks for by key, or None where files are too alike.

    With the rule `note` the bands begin at the percentiles of its scores. With `measured` the fit is the
    files' own, and the bands stay where the shares of the budget are.
    """
    if found.rule == "note":
        if not found.cuts[0] < found.cuts[1] < found.cuts[2]:
            return None
        return {"difficulty": "note", "difficulty-cuts": ",".join(f"{cut:g}" for cut in found.cuts)}
    if found.fit is None:
        return None
    cuts = ",".join(f"{cut:g}" for cut in PLAIN_CUTS)
    return {"difficulty": f"measured:{found.fit[0]:g},{found.fit[1]:g}", "difficulty-cuts": cuts}


def predictors_page(found: DifficultyCalibration) -> Page:
    """Return the page of `tokcomp budget --calibrate`."""
    headers = ("signal", "", "correlation>", "95 % interval>", "files>", "")
    table = Grid(headers, tuple(_row(one) for one in found.predictors), spare=(5, 4))
    gloss = f"rank correlation of each signal with the tokens needed for {found.target:g}"
    begin = ", ".join(f"{name} at {cut:g}" for name, cut in zip(_ABOVE, found.cuts, strict=True))
    settings = settings_of(found) or {}
    bands: list[Line] = [((f"of the scores by {found.rule}: {begin}", PLAIN),)]
    kept = " ".join(f"--{key} {value}" for key, value in settings.items())
    if kept:
        bands.append((("--write-config keeps ", QUIET), (kept, PLAIN)))
    passed = f", {plural(len(found.passed_over), 'file')} passed over" if found.passed_over else ""
    measured: Line = ((f"{plural(found.files, 'file')}{passed}, encoder {found.encoder}", PLAIN),)
    return (
        (Section("tokcomp", "", (((found.folder, STRONG),), measured), framed=True),),
        (Section("Predictors", gloss, (table,)),),
        (Section("Bands", "30th, 70th and 90th percentile", tuple(bands)),),
        (Section("Verdict", "", (((found.verdict, STRONG),),), framed=True),),
    )


_ABOVE = ("medium", "hard", "very hard")


def _row(one: Predictor) -> tuple[Cell, ...]:
    found = one.correlation
    return (
        (one.signal.replace("_", " "), PLAIN),
        Bar(abs(found.mean)),
        (_signed(found.mean), STRONG),
        (f"{_signed(found.low)} to {_signed(found.high)}", PLAIN),
        (str(one.files), QUIET),
        (MEANS.get(one.signal, ""), QUIET),
    )


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def predictors_document(found: DifficultyCalibration) -> Document:
    """Return the document of `tokcomp budget --calibrate`."""
    return {
        "meta": meta("tokcomp.predictors"),
        "folder": found.folder,
        "encoder": found.encoder,
        "target": found.target,
        "files": found.files,
        "passed_over": found.passed_over,
        "rule": found.rule,
        "cuts": found.cuts,
        "fit": found.fit,
        "predictors": found.predictors,
        "settings": settings_of(found),
        "verdict": found.verdict,
    }
