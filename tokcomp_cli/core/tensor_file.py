"""Tensors on disk with a card and a hash over them: safetensors, no pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokcomp_cli.core.files import write_whole
from tokcomp_cli.core.lazy import Tensor
from tokcomp_cli.errors import EvidenceError


def tensor_hash(tensors: Mapping[str, Tensor], text: str = "") -> str:
    """Return the sha256 of named tensors and a text."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().numpy().tobytes())
    digest.update(text.encode())
    return digest.hexdigest()


def write_sealed(path: Path, tensors: Mapping[str, Tensor], card: Mapping[str, object]) -> None:
    """Write tensors and a card with one hash over both, whole or not at all.

    Raises:
        PlanError: The path cannot be written.
    """
    from safetensors.torch import save

    stored, text = {name: value.contiguous() for name, value in tensors.items()}, json.dumps(card)
    write_whole(path, save(stored, {"card": text, "sha256": tensor_hash(stored, text)}))


def read_sealed(path: Path, *, what: str, remedy: str) -> tuple[dict[str, Tensor], dict[str, Any], str]:
    """Return the tensors of a file, its card, with tuples for lists, and its hash.

    Args:
        path: Of what `write_sealed` wrote.
        what: What is expected there, for messages.
        remedy: What to do where it is not.

    Raises:
        EvidenceError: There is none, it is something else, or it was altered.
    """
    from safetensors import SafetensorError

    try:
        tensors, about = read_tensors(path)
        text, stated = about["card"], about["sha256"]
        card = _tuples(json.loads(text))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise EvidenceError(f"{path}: no {what} is there; {remedy}") from error
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise EvidenceError(f"{path}: a {what} was expected, and this is none; {remedy}") from error
    found = tensor_hash(tensors, text)
    if found != stated:
        raise EvidenceError(
            f"{path}: the {what} was altered: it states sha256 {stated[:12]}, and its content has "
            f"{found[:12]}; {remedy}"
        )
    return tensors, card, found


def _tuples(value: Any) -> Any:
    """Return what JSON read, its lists as tuples."""
    if isinstance(value, dict):
        return {name: _tuples(one) for name, one in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors and the metadata of a safetensors file."""
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        about = file.metadata() or {}
        return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118 not a mapping
