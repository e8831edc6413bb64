"""From a name to a loaded model: what it is, whether there is room for it, its processor and its weights."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from tokcomp_cli.core.memory import available_bytes
from tokcomp_cli.core.rounding import readable_bytes
from tokcomp_cli.encoders.precision import check_device, choose
from tokcomp_cli.encoders.registry.weights_on_disk import hub_cache
from tokcomp_cli.errors import ModelError, first_line
from tokcomp_cli.vlm.base import Adapter, Vlm
from tokcomp_cli.vlm.families import ADAPTERS, adapter_for

ALIASES = {"smolvlm": "HuggingFaceTB/SmolVLM2-256M-Video-Instruct"}
HEADROOM = 1.15
"""Room beside the weights for what passes through them, as a factor."""


def load_vlm(
    name: str,
    *,
    device: str = "cpu",
    precision: str = "float32",
    offline: bool = False,
    trust_remote_code: bool = False,
    room_bytes: int | None = None,
) -> Vlm:
    """Return a model that is on this machine, in evaluation mode; nothing is ever downloaded.

    Args:
        name: A folder, a hub id that lies in the hub's cache, or a name of `ALIASES`.
        device: Where it runs, as torch names it.
        precision: `float32`, `bfloat16`, or `auto` for bfloat16 where the hardware has it.
        offline: Whether a download is out of the question, so that none is proposed.
        trust_remote_code: Whether code that lies beside the weights may run.
        room_bytes: Bytes that can be had; None asks the machine.

    Raises:
        ModelError: It is not here, has no processor, sees nothing, is unknown or does not fit.
        PlanError: There is no such device or number format here.
    """
    transformers = _transformers()
    dtype = choose(precision, check_device(device))
    place = ALIASES.get(name, name)
    shared = {"local_files_only": True, "trust_remote_code": trust_remote_code}
    folder = _folder(place, offline=offline)
    adapter = _adapter(transformers, folder, place)
    with _reading(place):
        config = transformers.AutoConfig.from_pretrained(folder, **shared)
        parameters = parameter_count(config)
    _require_room(place, parameters, dtype, device, room_bytes)
    processor = _processor(transformers, folder, place, shared)
    with _reading(place):
        model, told = transformers.AutoModelForImageTextToText.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation="sdpa",
            use_safetensors=True,
            output_loading_info=True,
            **shared,
        )
    if told["missing_keys"]:
        lacking = sorted(told["missing_keys"])
        raise ModelError(f"'{place}' lacks {len(lacking)} of its weights ({lacking[0]}, …); fetch it again")
    return Vlm(name, adapter, model.to(device).eval(), processor, parameters)


def _folder(place: str, *, offline: bool) -> str:
    """Return the folder of a model; a hub id's is where the hub's cache keeps it.

    The folder is found first, because transformers asks the hub about an id even when told to stay local.

    Raises:
        ModelError: It is not on this machine.
    """
    if Path(place).is_dir():
        return place
    if Path(place).exists() or place.startswith((".", "/", "~")) or place.count("/") != 1:
        raise ModelError(
            f"'{place}' is no folder of a model; name a folder with config.json and weights, a hub id as "
            "owner/name, or smolvlm"
        )
    try:
        return snapshot_download(place, cache_dir=hub_cache(), local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError) as error:
        fetch = "" if offline else f", or fetch it: hf download {place}"
        raise ModelError(
            f"'{place}' is not on this machine; copy its folder here and name that{fetch}"
        ) from error


def _adapter(transformers: Any, folder: str, place: str) -> Adapter:
    """Return the adapter for a model, from its config alone."""
    with _reading(place):
        stated, _ = transformers.PreTrainedConfig.get_config_dict(folder, local_files_only=True)
    if "model_type" not in stated:
        raise ModelError(
            f"'{place}' holds no config.json that states a model_type; name the folder of a model"
        )
    kind = str(stated["model_type"])
    sees = any(name in stated for name in ("vision_config", "vision_model", "mm_vision_tower"))
    if not sees and not any(kind in one.model_types for one in ADAPTERS):
        raise ModelError(
            f"'{place}' is a text-only model ({kind}) and takes no pictures; name one that sees, as smolvlm"
        )
    return adapter_for(kind, place)


def parameter_count(config: Any) -> int:
    """Return the weights that a model of this config has, without making any."""
    from transformers import AutoModelForImageTextToText

    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config)
    return sum(weight.numel() for weight in model.parameters())


def _transformers() -> Any:
    try:
        import transformers
        from transformers.utils import logging as talk
    except ImportError as error:
        raise ModelError(
            f"ask needs transformers ({error}); install it with: pip install 'tokcomp[vlm]'"
        ) from error
    talk.set_verbosity(logging.CRITICAL)
    talk.disable_progress_bar()
    return transformers


@contextmanager
def _reading(place: str) -> Iterator[None]:
    """Turn whatever the library raises inside into one sentence.

    Raises:
        ModelError: The library raised.
    """
    try:
        yield
    except Exception as error:  # of many kinds, which change with the library's version
        raise ModelError(
            f"'{place}' cannot be read as a model ({first_line(error)}); see that it is whole"
        ) from error


def _processor(transformers: Any, folder: str, place: str, shared: dict[str, bool]) -> Any:
    """Return the processor of a model.

    Raises:
        ModelError: There is none, or it takes no pictures.
    """
    try:
        processor = transformers.AutoProcessor.from_pretrained(folder, **shared)
    except Exception as error:  # of many kinds, which change with the library's version
        raise ModelError(
            f"'{place}' has no processor that can be read ({first_line(error)}); put processor_config.json, "
            "preprocessor_config.json and the tokenizer's files beside the weights"
        ) from error
    if not hasattr(processor, "image_processor"):
        raise ModelError(
            f"'{place}' has no processor for pictures, only {type(processor).__name__}; put "
            "processor_config.json and preprocessor_config.json beside the weights"
        )
    if not processor.chat_template:
        raise ModelError(f"'{place}' has no chat template; put chat_template.jinja beside the weights")
    return processor


def _require_room(
    place: str, parameters: int, dtype: torch.dtype, device: str, room_bytes: int | None
) -> None:
    """Check that the weights fit, before any is read.

    Raises:
        ModelError: They do not.
    """
    if room_bytes is None:
        kind = torch.device(device).type
        room_bytes = torch.cuda.mem_get_info(device)[0] if kind == "cuda" else available_bytes()
    needed = int(parameters * dtype.itemsize * HEADROOM)
    if room_bytes is not None and needed > room_bytes:
        smaller = " or `precision` bfloat16" if dtype == torch.float32 else ""
        raise ModelError(
            f"'{place}' needs about {readable_bytes(needed)} for its {parameters / 1e9:.2g} billion weights "
            f"in {str(dtype).removeprefix('torch.')}, and {readable_bytes(room_bytes)} can be had; "
            f"use a smaller model{smaller}"
        )
