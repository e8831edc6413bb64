"""Tokens dumped from any model, read from a safetensors file."""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from tokcomp_cli.comparison.compare import concluded
from tokcomp_cli.comparison.external_tokens import external_input
from tokcomp_cli.comparison.tables import compared
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.comparison import Comparison
from tokcomp_cli.core.timing import Progress, one_thread, unwatched
from tokcomp_cli.errors import EncoderError, MediaError, PlanError
from tokcomp_cli.plan.plan import Plan

MOST_LISTED = 6


def is_dumped(path: str) -> bool:
    """Return whether a path names a file of tokens."""
    return path.lower().endswith(".safetensors")


def compare_tokens(
    path: str, plan: Plan, progress: Progress = unwatched, *, chosen: Sequence[Method] | None = None
) -> Comparison:
    """Return methods on the tokens of a file.

    Tensors: `features` (T, P, D) or (P, D); and where there are any `grid` (2,) = rows and columns,
    `saliency` (T, P), `keys` (T, P, K), `blank` (P, D), all without T for a single frame.

    Raises:
        MediaError: The file cannot be read or holds something else.
        EncoderError: Tokens are not finite.
        PlanError: The budget cannot be judged without pictures.
    """
    if plan.budget.budget.kind == "auto":
        raise PlanError("--budget auto looks at the picture, and here are only tokens; give --budget N or P%")
    tensors = _read(path)
    features = _framed(tensors, "features", path)
    frames, patches, dim = features.shape
    saliency = _like(tensors, "saliency", (frames, patches), path)
    blank = tensors.get("blank", torch.zeros(patches, dim)).float()
    if blank.shape != (patches, dim):
        raise MediaError(f"{printable(path)}: blank should be ({patches}, {dim}), got {tuple(blank.shape)}")
    keys = _framed(tensors, "keys", path) if "keys" in tensors else None
    if keys is not None and keys.shape[:2] != (frames, patches):
        raise MediaError(f"{printable(path)}: keys should begin with ({frames}, {patches}), as features do")
    with one_thread():
        given = external_input(
            features,
            _grid(tensors, patches, path),
            plan,
            name="tokens of a file",
            saliency=saliency,
            keys=keys,
            blank=blank,
        )
        rows, notes = compared(given, chosen, progress)
    if "blank" not in tensors:
        notes.insert(0, "no blank response was given: what all pictures share counts too")
    return concluded(path, given, rows, notes, chosen)


def _read(path: str) -> dict[str, Tensor]:
    name = printable(path)
    if not Path(path).is_file():
        raise MediaError(f"'{name}' is no regular file; give tokens as a .safetensors file")
    try:
        tensors = load(Path(path).read_bytes())
    except (OSError, SafetensorError) as error:
        raise MediaError(f"'{name}' cannot be read as safetensors ({error})") from error
    if "origin" in tensors:
        raise MediaError(f"'{name}' holds tokens that are compressed already; dump those of the whole grid")
    return tensors


def _framed(tensors: dict[str, Tensor], name: str, path: str) -> Tensor:
    """Return a tensor with a dimension for frames, float32, (T, P, D)."""
    values = tensors.get(name)
    if values is None or values.ndim not in {2, 3} or 0 in values.shape:
        got = _listed(tensors) if values is None else str(tuple(values.shape))
        raise MediaError(f"'{printable(path)}' should hold {name} as (T, P, D) or (P, D); got {got}")
    if not torch.isfinite(values).all():
        raise EncoderError(f"'{printable(path)}': {name} are not finite; dump them in a wider number format")
    return values.float() if values.ndim == 3 else values.float()[None]


def _listed(tensors: dict[str, Tensor]) -> str:
    """Return the first tensors of a file with their shapes, as it has none of the name that was expected."""
    shown = [f"{printable(name)} {tuple(one.shape)}" for name, one in sorted(tensors.items())]
    more = f" and {len(shown) - MOST_LISTED} more" * (len(shown) > MOST_LISTED)
    return ", ".join(shown[:MOST_LISTED]) + more if shown else "no tensors"


def _like(tensors: dict[str, Tensor], name: str, shape: tuple[int, int], path: str) -> Tensor | None:
    values = tensors.get(name)
    if values is None:
        return None
    if values.numel() != shape[0] * shape[1] or not torch.isfinite(values).all():
        raise MediaError(f"'{printable(path)}': {name} should be finite and of shape {shape}")
    return values.float().view(shape)


def _grid(tensors: dict[str, Tensor], patches: int, path: str) -> tuple[int, int]:
    """Return rows and columns: as given, else a square, else one row."""
    if "grid" in tensors:
        given = [int(side) for side in tensors["grid"].flatten()]
        if len(given) == 2 and given[0] * given[1] == patches:
            return given[0], given[1]
        raise MediaError(f"'{printable(path)}': grid {given} does not hold {patches} tokens a frame")
    side = math.isqrt(patches)
    return (side, side) if side * side == patches else (1, patches)
