"""From the name of a CLIP encoder to its config, preprocessing and weights on disk; never a download."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokcomp_cli.encoders.registry import preprocess
from tokcomp_cli.encoders.registry.open_clip_tables import (
    model_config,
    pretrained_config,
    tag_config,
    unknown_tag,
)
from tokcomp_cli.encoders.registry.weights_on_disk import cached_weights
from tokcomp_cli.errors import EncoderError, PlanError

PREFIX, LOCAL = "clip:", "local-dir:"
CONFIG_NAME = "open_clip_config.json"
WEIGHT_NAMES = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "model.safetensors",
)
WEIGHT_SUFFIXES = (".safetensors", ".bin", ".pt", ".pth")
HOW_TO_STATE = (
    f'put {CONFIG_NAME} beside it with {{"preprocess_cfg": {{"mean": […], "std": […], "interpolation": …, '
    '"resize_mode": …}}, or name a pretrained tag of the model that was preprocessed alike, as in '
    "clip:ViT-B-16/file.safetensors@openai"
)


@dataclass(frozen=True, slots=True)
class ClipSource:
    """Where a model comes from.

    Attributes:
        name: As asked for, with `clip:`.
        model: open_clip's name of the architecture, or the folder.
        config: open_clip's `model_cfg`.
        preprocessing: What the model expects.
        weights: The file.
        folder: Folder that may hold tokenizer files, or None.
    """

    name: str
    model: str
    config: dict[str, Any]
    preprocessing: preprocess.Preprocess
    weights: Path
    folder: Path | None = None


def find(name: str, *, offline: bool = False) -> ClipSource:
    """Return what a name stands for.

    Args:
        name: `clip:<model>/<pretrained>`, `clip:local-dir:<folder>` or `clip:<model>/<checkpoint file>`, the
            last with a config beside it or `@<pretrained>`.
        offline: Whether a download is out of the question, so that none is proposed.

    Raises:
        PlanError: There is no such model or tag, or the name has another form.
        EncoderError: Weights or config are not on disk or do not say enough.
    """
    rest = name.removeprefix(PREFIX)
    if rest.startswith(LOCAL):
        return _from_folder(name, Path(rest.removeprefix(LOCAL)))
    model, _, which = rest.partition("/")
    if not model or not which:
        raise PlanError(
            f"{name!r} does not name a CLIP encoder; write clip:<model>/<pretrained>, "
            "clip:local-dir:<folder> or clip:<model>/<checkpoint file>"
        )
    config = model_config(model)
    tag = pretrained_config(model, which)
    if tag is not None:
        return _from_tag(name, model, config, tag, offline=offline)
    return _from_checkpoint(name, model, config, which)


def _from_tag(
    name: str, model: str, config: dict[str, Any], tag: Mapping[str, Any], *, offline: bool
) -> ClipSource:
    weights = cached_weights(tag)
    if weights is None:
        way = (
            "copy them into the hub's cache, or use clip:local-dir:<folder>"
            if offline
            else f"run `tokcomp models pull {name}`"
        )
        raise EncoderError(
            f"the weights of {name} are not on disk and tokcomp does not download by itself; {way}"
        )
    _follow_activation(config, tag)
    return ClipSource(name, model, config, preprocess.parse(tag), weights)


def _from_checkpoint(name: str, model: str, config: dict[str, Any], which: str) -> ClipSource:
    path, alike = Path(which), None
    if not path.is_file() and "@" in which:
        file, _, alike = which.rpartition("@")
        path = Path(file)
    if not path.is_file():
        raise PlanError(unknown_tag(model, which))
    if alike is not None:
        tag = tag_config(model, alike)
        _follow_activation(config, tag)
        return ClipSource(name, model, config, preprocess.parse(tag), path, path.parent)
    stated = _read_config(path.parent / CONFIG_NAME) if (path.parent / CONFIG_NAME).is_file() else {}
    return ClipSource(name, model, config, _preprocessing(stated, path), path, path.parent)


def _from_folder(name: str, folder: Path) -> ClipSource:
    if not folder.is_dir():
        raise EncoderError(
            f"there is no folder {str(folder)!r}; clip:local-dir: takes a folder with {CONFIG_NAME}"
        )
    if not (folder / CONFIG_NAME).is_file():
        raise EncoderError(
            f"{str(folder)!r} has no {CONFIG_NAME}; without it the model is unknown: save it with "
            'open_clip.push_to_hf_hub.save_for_hf or write {"model_cfg": …, "preprocess_cfg": …}'
        )
    stated = _read_config(folder / CONFIG_NAME)
    config = stated.get("model_cfg")
    if not isinstance(config, dict) or not {"embed_dim", "vision_cfg", "text_cfg"} <= config.keys():
        raise EncoderError(
            f"{CONFIG_NAME} in {str(folder)!r} has no model_cfg with embed_dim, vision_cfg, text_cfg"
        )
    weights = weights_in(folder)
    return ClipSource(name, str(folder), config, _preprocessing(stated, weights), weights, folder)


def weights_in(folder: Path) -> Path:
    """Return the weights file of a folder: a name that open_clip writes, else the only one there.

    Raises:
        EncoderError: There is none, or several with no telling which.
    """
    for known in WEIGHT_NAMES:
        if (folder / known).is_file():
            return folder / known
    found = sorted(path for path in folder.iterdir() if path.suffix in WEIGHT_SUFFIXES)
    if len(found) == 1:
        return found[0]
    listed = ", ".join(path.name for path in found) or "none"
    raise EncoderError(f"{str(folder)!r} needs one file of weights named {WEIGHT_NAMES[0]}; found {listed}")


def _read_config(path: Path) -> dict[str, Any]:
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"{str(path)!r} cannot be read as JSON: {error}") from error
    if not isinstance(stated, dict):
        raise EncoderError(f"{str(path)!r} holds no JSON object")
    return stated


def _preprocessing(stated: Mapping[str, Any], weights: Path) -> preprocess.Preprocess:
    try:
        return preprocess.parse(stated.get("preprocess_cfg"))
    except ValueError as error:
        raise EncoderError(
            f"how {weights.name!r} expects its pictures is not stated ({error}), and a guess would be wrong "
            f"without a sign; {HOW_TO_STATE}"
        ) from error


def _follow_activation(config: dict[str, Any], tag: Mapping[str, Any]) -> None:
    """Switch the config to quick-GELU where the tag was trained with it; open_clip itself only warns."""
    if tag.get("quick_gelu"):
        config["quick_gelu"] = True
