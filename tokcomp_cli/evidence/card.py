"""The evidence that is shipped: its table, and the answerer behind it."""

import json
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from tokcomp_cli.core.results.evidence import Evidence, FigureRow, MethodRow, TargetRow
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.errors import EvidenceError

SHIPPED = files("tokcomp_cli.evidence") / "shipped"
QUICK_SCENES, QUICK_METHODS = 200, ("saliency-ward", "ward", "scope", "flashvid-adts", "tome", "random")


def shipped_answerer() -> Path:
    """Return the file of the pinned answerer, trained on tokens of `embedded`."""
    with as_file(SHIPPED / "answerer.safetensors") as path:
        return path


def shipped_evidence(task: str = "scenes") -> Evidence:
    """Return the tables of docs/evidence.md on a task: `scenes`, `crowded` or `clips`."""
    return evidence_of(json.loads((SHIPPED / f"{task}.json").read_text(encoding="utf-8")))


def evidence_of(document: Mapping[str, Any]) -> Evidence:
    """Return what `eval task --json` printed.

    Raises:
        EvidenceError: It is another document.
    """
    try:
        return Evidence(
            pictures=document["pictures"],
            questions=document["questions"],
            answerers=tuple(document["answerers"]),
            all_tokens=document["all_tokens"],
            question_only=document["question_only"],
            methods=tuple(_row(one) for one in document["methods"]),
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
            curve=tuple(_row(one) for one in document["curve"]),
            targets=tuple(
                TargetRow(
                    one["target"],
                    one["tokens"],
                    _interval(one["own"]),
                    _interval(one["even"]),
                    _interval(one["bands"]) if one["bands"] else None,
                    _interval(one["gain"]),
                )
                for one in document["targets"]
            ),
            task=document["task"],
        )
    except (KeyError, TypeError) as error:
        raise EvidenceError(
            "a document of `tokcomp eval task --json` was expected, and this is none"
        ) from error


def _row(told: Mapping[str, Any]) -> MethodRow:
    return MethodRow(
        told["method"],
        told["budget"],
        _interval(told["accuracy"]),
        _interval(told["kept"]),
        _interval(told["reading"]),
        _interval(told["time"]),
        tuple(told["by_answerer"]),
        {name: float("nan") if value is None else value for name, value in told["by_kind"].items()},
        told["figures"],
    )


def _interval(found: Mapping[str, float | None]) -> Interval:
    mean, low, high = (
        float("nan") if value is None else float(value)
        for value in (found["mean"], found["low"], found["high"])
    )
    return Interval(mean, low, high)
