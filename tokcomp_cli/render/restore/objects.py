"""Dataclasses of results made again from JSON's own types."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from tokcomp_cli.errors import PlanError

T = TypeVar("T")
LARGEST = 2**53
"""No number that we write is larger; NaN and infinity are none."""


def restored(kind: type[T], value: object, where: str) -> T:
    """Return an object of a result from its part of a document; keys that this version lacks are left out.

    Args:
        kind: A frozen dataclass, or a `tuple` or `dict` with what it holds.
        value: The part.
        where: Its place, for the error.

    Raises:
        PlanError: Something that the object needs is missing or of another type.
    """
    found: T = _restored(kind, value, where)
    return found


def _restored(kind: Any, value: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        if value is None and NoneType in inner:
            return None
        return _first_that_fits([one for one in inner if one is not NoneType], value, where)
    if is_dataclass(kind):
        return _object(kind, value, where)
    if origin is tuple and isinstance(value, list):
        if inner[-1] is Ellipsis:
            return tuple(_restored(inner[0], one, f"{where}[{i}]") for i, one in enumerate(value))
        if len(inner) == len(value):
            return tuple(_restored(one, item, where) for one, item in zip(inner, value, strict=True))
    elif origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        if isinstance(value, Mapping):
            return {key: _restored(inner[1], item, f"{where}.{key}") for key, item in value.items()}
    elif value in inner if origin is Literal else _is_scalar(kind, value):
        return value
    raise _unfit(where, value)


def _is_scalar(kind: Any, value: object) -> bool:
    if not isinstance(kind, type) or get_origin(kind) is not None:
        return False
    if kind in {int, float}:
        number = isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)
        return number and abs(value) <= LARGEST  # type: ignore[arg-type]  # it is a number
    return isinstance(value, kind)


def _first_that_fits(kinds: list[Any], value: object, where: str) -> Any:
    for kind in kinds:
        try:
            return _restored(kind, value, where)
        except PlanError:
            if kind is kinds[-1]:
                raise
    raise _unfit(where, value)


def _object(kind: Any, value: object, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise _unfit(where, value)
    hints, given = _hints(kind), {}
    for field in fields(kind):
        if field.name in value:
            given[field.name] = _restored(hints[field.name], value[field.name], f"{where}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise PlanError(f"the document lacks {where}.{field.name}; make it again with this version")
    return kind(**given)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _unfit(where: str, value: object) -> PlanError:
    shown = repr(value)[:40]
    return PlanError(
        f"the document holds {shown} at {where}, which tokcomp never writes there; make it again"
    )
