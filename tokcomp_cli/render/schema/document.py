"""What all JSON documents share: the version, JSON's own types, a failure."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from numbers import Integral, Real

from tokcomp_cli import __version__
from tokcomp_cli.core.results.analysis import Failure
from tokcomp_cli.errors import ContractError

SCHEMA_VERSION = 2
DECIMALS = 6

Document = dict[str, object]


def meta(schema: str) -> Document:
    """Return what a document says of itself."""
    return {"schema": schema, "schema_version": SCHEMA_VERSION, "tokcomp_version": __version__}


def failure_document(failure: Failure, *, schema: str) -> Document:
    """Return the document of the only input, which failed."""
    return {"meta": meta(schema), **failure_record(failure)}


def failure_record(failure: Failure) -> Document:
    """Return the record of one of several inputs, which failed."""
    error = {"type": failure.type, "message": failure.message}
    return {"path": failure.path, "status": "failed", "error": error}


def dumps(document: Mapping[str, object], *, indent: int | None = 2) -> str:
    """Return the document as ASCII JSON; a name that is not UTF-8 survives as lone surrogate escapes.

    Args:
        document: With values of this package's results.
        indent: Spaces a level; None puts all on one line.

    Raises:
        ContractError: A number is not finite, or a value has no place in JSON.
    """
    return json.dumps(json_object(document), ensure_ascii=True, allow_nan=False, indent=indent)


def json_object(mapping: Mapping[str, object]) -> Document:
    """Return the mapping in JSON's own types.

    Raises:
        ContractError: A number is not finite, or a value has no place in JSON.
    """
    return {key: _plain(value, key) for key, value in mapping.items()}


def _plain(value: object, where: str) -> object:
    """Return the value in JSON's own types, floats rounded; `where` names its place in an error."""
    match value:
        case None | bool() | str():
            return value
        case Integral():
            return int(value)
        case Real() if math.isfinite(value):
            return round(float(value), DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0
        case Mapping():
            return {str(key): _plain(item, f"{where}.{key}") for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name), f"{where}.{field.name}") for field in fields(value)
        }
    raise ContractError(
        f"expected text, null or a finite number at {where}, got {value!r}: please report this bug"
    )
