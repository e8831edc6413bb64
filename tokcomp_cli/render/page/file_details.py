"""What the script of a page of many files builds the section of each file from, in few bytes."""

from collections.abc import Mapping, Sequence
from math import floor
from typing import Any

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.curve import ROUNDING

POINTS = 10
"""Points of a file's curve."""


def details_of(record: Mapping[str, Any], *, verdict: bool) -> list[object]:
    """Return a file's details: verdict, media, tokens of the input, stages, difficulty, curve and weakest.

    Args:
        record: A document, a record of several, or a line of a batch; of a file that could be done.
        verdict: Whether the verdict is among it; the page may hold it already.
    """
    media, tokens = record.get("media") or {}, record.get("tokens") or {}
    stages = [
        [one["name"], one["method"], one["tokens_out"], _short(one["fidelity"]["explained"])]
        for one in record.get("stages") or []
    ]
    difficulty = record.get("difficulty") or {}
    weakest = record.get("weakest") or {}
    place = weakest.get("region") if weakest.get("seconds") is None else f"{weakest['seconds']:.2f} s"
    return [
        str(record.get("verdict", "")) if verdict else "",
        _media(media),
        tokens.get("original"),
        stages,
        difficulty.get("band"),
        _curve(record.get("curve") or []),
        place,
    ]


def _media(media: Mapping[str, Any]) -> str:
    words = [f"{media.get('kind', '')} {media.get('width', '?')}×{media.get('height', '?')}"]
    if media.get("duration_seconds") is not None:
        words.append(f"{media['duration_seconds']:.1f} s")
    words += [printable(str(media[key])) for key in ("codec", "container") if media.get(key)]
    return " · ".join(words)


def _curve(points: Sequence[Mapping[str, Any]]) -> list[list[float | None]]:
    """Return evenly chosen points of a curve: tokens, and the share they keep."""
    last = len(points) - 1
    chosen = {round(at * last / (POINTS - 1)) for at in range(POINTS)} if points else set()
    return [[points[at]["tokens"], _short(points[at]["explained"])] for at in sorted(chosen)]


def _short(value: float | None) -> float | None:
    """Return a share rounded down, as it is shown."""
    return None if value is None else floor((value + ROUNDING) * 1000) / 1000
