"""The evidence that is shipped: its table, and the answerer behind it."""

import json
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from tokcomp_cli.core.results.evidence import Evidence, FigureRow, MethodRow
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.errors import EvidenceError

SHIPPED = files("tokcomp_cli.evidence") / "shipped"
QUICK_SCENES, QUICK_METHODS = 200, ("saliency-ward", "ward", "scope", "flashvid-adts", "tome", "random")


def shipped_answerer() -> Path:
    """Return the file of the pinned answerer, trained on tokens of `embedded`."""
    with as_file(SHIPPED / "answerer.safetensors") as path:
        return path


def shipped_evidence() -> Evidence:
    """Return the table that docs/evidence.md tells of."""
    return evidence_of(json.loads((SHIPPED / "evidence.json").read_text(encoding="utf-8")))


def evidence_of(document: Mapping[str, Any]) -> Evidence:
    """Return what `eval task --json` printed.

    Raises:
        EvidenceError: It is another document.
    """
    try:
        return Evidence(
            pictures=document["pictures"],
            questions=document["questions"],
            answerers=document["answerers"],
            all_tokens=document["all_tokens"],
            question_only=document["question_only"],
            methods=tuple(
                MethodRow(
                    one["method"],
                    one["budget"],
                    _interval(one["accuracy"]),
                    _interval(one["kept"]),
                    _interval(one["reading"]),
                    one["figures"],
                )
                for one in document["methods"]
            ),
            figures=tuple(
                FigureRow(
                    one["figure"],
                    {int(budget): _interval(found) for budget, found in one["between_methods"].items()},
                    _interval(one["pooled"]),
                    _interval(one["between_files"]),
                )
                for one in document["figures"]
            ),
            within_file={name: _interval(found) for name, found in document["within_file"].items()},
        )
    except (KeyError, TypeError) as error:
        raise EvidenceError(
            "a document of `tokcomp eval task --json` was expected, and this is none"
        ) from error


def _interval(found: Mapping[str, float | None]) -> Interval:
    mean, low, high = (
        float("nan") if value is None else float(value)
        for value in (found["mean"], found["low"], found["high"])
    )
    return Interval(mean, low, high)
