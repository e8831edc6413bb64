"""The JSON document of `budget --calibrate`, and the settings that follow from it."""

from tokcomp_cli.core.results.calibration import DifficultyCalibration
from tokcomp_cli.render.schema.document import Document, meta

PLAIN_CUTS = (0.30, 0.60, 0.85)


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
