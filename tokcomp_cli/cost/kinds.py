"""Kinds of formulas by name, and formulas from tables of a file; what is wrong is told by its key."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from tokcomp_cli.cost.hosted import BaseAndTiles, CappedPatches, CroppedTiles, Fixed, LargestThatFits
from tokcomp_cli.cost.resized import SmartResize, SoftTokens
from tokcomp_cli.cost.seen import PictureRule
from tokcomp_cli.cost.tiled import AnyRes, AspectTiles, LongSideTiles, PanAndScan, SplitWhenLarge
from tokcomp_cli.cost.video import AsPictures, PerFrame, SharedPixels, VideoPixels
from tokcomp_cli.errors import near

PICTURE_KINDS: dict[str, type] = {
    "fixed": Fixed,
    "base-and-tiles": BaseAndTiles,
    "capped-patches": CappedPatches,
    "largest-that-fits": LargestThatFits,
    "cropped-tiles": CroppedTiles,
    "smart-resize": SmartResize,
    "soft-tokens": SoftTokens,
    "aspect-tiles": AspectTiles,
    "long-side-tiles": LongSideTiles,
    "any-res": AnyRes,
    "pan-and-scan": PanAndScan,
    "split-when-large": SplitWhenLarge,
}
VIDEO_KINDS: dict[str, type] = {
    "per-frame": PerFrame,
    "as-pictures": AsPictures,
    "shared-pixels": SharedPixels,
    "video-pixels": VideoPixels,
}


class WrongKeyError(Exception):
    """What is wrong, and at which key of a model."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def of_kind(key: str, given: object, kinds: Mapping[str, type]) -> Any:
    """Return the formula of a table with `kind`."""
    if not isinstance(given, dict):
        raise WrongKeyError(key, f"a table with `kind` was expected; got {given!r}")
    kind = str(given.get("kind", ""))
    if kind not in kinds:
        raise WrongKeyError(
            f"{key}.kind", f"{', '.join(kinds)} were expected; got {kind!r}{near(kind, kinds)}"
        )
    return rule(key, {name: value for name, value in given.items() if name != "kind"}, kinds[kind])


def rule(key: str, given: object, made: type) -> Any:
    """Return a dataclass from a table of its fields."""
    if not isinstance(given, dict):
        raise WrongKeyError(key, f"a table was expected; got {given!r}")
    hints, parts = get_type_hints(made), fields(made)
    check_keys(key, given, [part.name for part in parts])
    values = {}
    for part in parts:
        where = f"{key}.{part.name}"
        if part.name not in given:
            if part.default is MISSING:
                raise WrongKeyError(where, "it is missing")
            continue
        values[part.name] = _value(where, given[part.name], hints[part.name], zero=part.default == 0)
    return made(**values)


def _value(where: str, given: object, hint: Any, *, zero: bool) -> object:
    if get_origin(hint) is Literal:
        if given not in get_args(hint):
            raise WrongKeyError(where, f"{', '.join(get_args(hint))} were expected; got {given!r}")
        return given
    if hint is bool:
        if not isinstance(given, bool):
            raise WrongKeyError(where, f"true or false was expected; got {given!r}")
        return given
    if hint is PictureRule:
        return of_kind(where, given, PICTURE_KINDS)
    kind = float if hint is float or float in get_args(hint) else int
    return number(where, given, kind, zero=zero)


def number(where: str, given: object, kind: type, *, zero: bool) -> Any:
    """Return the number as `kind` has it; it is above zero, or with `zero` not below."""
    whole = "a whole number" if kind is int else "a number"
    least = "0 or more" if zero else "above 0"
    right = isinstance(given, int | kind) and not isinstance(given, bool)
    if not right or not (0 if zero else 1e-9) <= float(given) < 1e12:  # type: ignore[arg-type]
        raise WrongKeyError(where, f"{whole} {least} was expected; got {given!r}")
    return kind(given)


def check_keys(where: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise WrongKeyError for a key that is none of the known ones."""
    for key in given:
        if key not in known:
            full = f"{where}.{key}" if where else key
            raise WrongKeyError(full, f"no such key{near(key, known)}; there are {', '.join(known)}")
