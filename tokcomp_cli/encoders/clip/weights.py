"""Reading weights: safetensors, or a pickle of nothing but tensors; checked before the model takes them."""

import pickle
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tokcomp_cli.core.memory import available_bytes
from tokcomp_cli.core.rounding import readable_bytes
from tokcomp_cli.errors import EncoderError, first_line

TEXT_PARTS = (
    "text.",
    "transformer.",
    "token_embedding.",
    "positional_embedding",
    "ln_final.",
    "text_projection",
)
LEFTOVERS = ("input_resolution", "context_length", "vocab_size", "text.transformer.embeddings.position_ids")
LOAD_FACTOR = 2  # the file's tensors and the model's own, for a moment side by side


def require_memory(path: Path, *, available: int | None = None) -> None:
    """Check that a model will fit, before it is loaded.

    Args:
        path: The weights.
        available: Bytes that can be had; None asks the system; where it does not tell, nothing is checked.

    Raises:
        EncoderError: It will not fit.
    """
    free = available_bytes() if available is None else available
    needed = path.stat().st_size * LOAD_FACTOR
    if free is not None and needed > free:
        raise EncoderError(
            f"loading {path.name} takes about {readable_bytes(needed)} of memory and {readable_bytes(free)} "
            "is free; choose a smaller model or free memory"
        )


def read_state(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint by name.

    Raises:
        EncoderError: It is truncated, of another kind, or would run code when read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        stored: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (
        SafetensorError,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
        KeyError,
        zipfile.BadZipFile,
    ) as error:
        raise EncoderError(
            f"{path.name} cannot be read as weights; it is truncated or of another kind: {first_line(error)}"
        ) from error
    except pickle.UnpicklingError as error:
        raise EncoderError(
            f"{path.name} is not a plain file of tensors, or would run code when read, and is not opened; "
            "convert it to safetensors first"
        ) from error
    if isinstance(stored, dict) and isinstance(stored.get("state_dict"), dict):
        stored = stored["state_dict"]
    if (
        not isinstance(stored, dict)
        or not stored
        or not all(isinstance(one, Tensor) for one in stored.values())
    ):
        raise EncoderError(f"{path.name} holds no weights by name, as a CLIP checkpoint does")
    return {str(name).removeprefix("module."): value for name, value in stored.items()}


def has_text(names: Iterable[str]) -> bool:
    """Return whether a checkpoint holds a text tower."""
    return any(name.startswith(TEXT_PARTS) for name in names)


def put(model: nn.Module, state: dict[str, Tensor], *, text: bool, file: str, name: str) -> None:
    """Load weights into a model, all of the image tower and, with `text`, all of the text tower.

    Args:
        model: open_clip's.
        state: Weights as read; adapted to older and foreign namings as open_clip does.
        text: Whether the text tower is wanted.
        file: For the error.
        name: For the error.

    Raises:
        EncoderError: They are another model's.
    """
    from open_clip.convert import convert_state_dict
    from open_clip.model import convert_to_custom_text_state_dict, resize_pos_embed, resize_text_pos_embed

    with torch.no_grad():
        fitted = dict(convert_state_dict(model, dict(state)))
    if not any(key.startswith("visual.") for key in fitted):
        raise EncoderError(
            f"{file} holds no CLIP image tower (its {len(fitted)} tensors begin with {min(fitted)!r}); save "
            "the whole open_clip model, or name the model that it was saved from"
        )
    if not text:
        fitted = {key: value for key, value in fitted.items() if key.startswith("visual.")}
    elif "positional_embedding" in fitted and not hasattr(model, "positional_embedding"):
        fitted = convert_to_custom_text_state_dict(fitted)
    own = model.state_dict()
    for scalar in ("logit_scale", "logit_bias"):
        if scalar in fitted and scalar in own and fitted[scalar].numel() == own[scalar].numel():
            fitted[scalar] = fitted[scalar].reshape(own[scalar].shape)
    for leftover in LEFTOVERS:
        fitted.pop(leftover, None)
    if _same_width(fitted, own):
        resize_pos_embed(fitted, model)
        if text:
            resize_text_pos_embed(fitted, model)
    _compare(fitted, own, text=text, file=file, name=name)
    model.load_state_dict(fitted, strict=False)


def _same_width(state: dict[str, Tensor], own: dict[str, Tensor]) -> bool:
    """Return whether position tables, where there are any, are as wide as the model's."""
    tables = ("visual.positional_embedding", "positional_embedding", "text.positional_embedding")
    return all(state[key].shape[-1] == own[key].shape[-1] for key in tables if key in state and key in own)


def _compare(state: dict[str, Tensor], own: dict[str, Tensor], *, text: bool, file: str, name: str) -> None:
    wanted = {key for key in own if text or key.startswith("visual.")} - {"logit_scale", "logit_bias"}
    missing = sorted(wanted - state.keys())
    foreign = sorted(state.keys() - own.keys() - {"logit_scale", "logit_bias"})
    unlike = sorted(key for key in wanted & state.keys() if state[key].shape != own[key].shape)
    if not missing and not foreign and not unlike:
        return
    said = []
    if unlike:
        key = unlike[0]
        said.append(
            f"{len(unlike)} of another shape ({key}: {list(state[key].shape)}, not {list(own[key].shape)})"
        )
    if missing:
        said.append(f"{len(missing)} missing ({missing[0]})")
    if foreign:
        said.append(f"{len(foreign)} unknown ({foreign[0]})")
    raise EncoderError(
        f"{file} does not hold the weights of {name}: of its {len(state)} tensors {', '.join(said)}; "
        "name the model that it was saved from"
    )
