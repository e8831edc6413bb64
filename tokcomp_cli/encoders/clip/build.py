"""From a source to open_clip's model with its weights in it, at the input size that was asked for."""

import copy
import warnings
from dataclasses import dataclass
from typing import Any

from torch import nn

from tokcomp_cli.encoders.clip.source import ClipSource
from tokcomp_cli.encoders.clip.weights import has_text, put, read_state, require_memory
from tokcomp_cli.errors import EncoderError, PlanError

# stands in for a text tower that is not wanted: open_clip builds no model without one
NO_TEXT = {"context_length": 1, "vocab_size": 1, "width": 8, "heads": 1, "layers": 1}
RESNET_STRIDE = 32  # OpenAI's ResNets state no patch
Resolution = int | tuple[int, int]


@dataclass(frozen=True, slots=True)
class Built:
    """A model with its weights.

    Attributes:
        model: open_clip's.
        text: Whether its text tower is there.
        input_size: Height and width of the input.
        notes: What was changed, each a short sentence.
    """

    model: Any
    text: bool
    input_size: tuple[int, int]
    notes: tuple[str, ...]


def build(source: ClipSource, *, resolution: Resolution | None = None) -> Built:
    """Return the model of a source.

    Args:
        source: Where it comes from.
        resolution: Side, or height and width, of the input; None for the model's own.

    Raises:
        EncoderError: The weights do not fit the model or the memory, or the config cannot be built.
        PlanError: The resolution does not divide into patches.
    """
    require_memory(source.weights)
    config = copy.deepcopy(source.config)
    trained = _pair(config["vision_cfg"].get("image_size", 224))
    wanted = trained if resolution is None else _pair(resolution)
    is_timm = bool(config["vision_cfg"].get("timm_model_name"))
    if not is_timm:
        _require_division(wanted, int(config["vision_cfg"].get("patch_size") or RESNET_STRIDE))
        config["vision_cfg"]["image_size"] = wanted[0] if wanted[0] == wanted[1] else wanted
    state = read_state(source.weights)
    foreign_text = bool(config["text_cfg"].get("hf_model_name"))
    text = has_text(state) and not foreign_text
    model = _construct(config, text=text, name=source.name)
    if is_timm:
        _resize(model.visual, trained)
    put(model, state, text=text, file=source.weights.name, name=source.name)
    del state
    notes = []
    if is_timm:
        _require_division(wanted, _stride(model.visual.trunk))
        _resize(model.visual, wanted)
    if wanted != trained:
        notes.append(
            f"Read at {wanted[0]} x {wanted[1]}, trained at {trained[0]} x {trained[1]}; "
            + _how(model.visual)
        )
    if foreign_text:
        notes.append(
            "The text tower is of Hugging Face transformers and is not read; there are no text embeddings."
        )
    model.requires_grad_(requires_grad=False).eval()
    return Built(model, text, wanted, tuple(notes))


def _construct(config: dict[str, Any], *, text: bool, name: str) -> Any:
    """Return open_clip's model with random weights; nothing is fetched."""
    import open_clip

    custom = bool(config.pop("custom_text", False))
    config["vision_cfg"]["timm_model_pretrained"] = False
    kind = open_clip.CustomTextCLIP if custom else open_clip.CLIP
    if not text:
        config["text_cfg"] = dict(NO_TEXT)
        config.pop("multimodal_cfg", None)
        kind = open_clip.CLIP
    elif "multimodal_cfg" in config:
        kind = open_clip.CoCa
    try:
        with warnings.catch_warnings():
            # what timm says of layers while it builds is not for the reader of a result
            warnings.filterwarnings("ignore", module=r"timm\.|torch\.")
            return kind(**config)
    except (TypeError, ValueError, RuntimeError, KeyError, AssertionError) as error:
        raise EncoderError(f"open_clip cannot build {name} from its config: {error}") from error


def _resize(visual: Any, size: tuple[int, int]) -> None:
    """Bring a timm tower to an input size; its position tables and rotations follow."""
    trunk = visual.trunk
    current = getattr(getattr(trunk, "patch_embed", None), "img_size", None)
    if current is not None and tuple(current) != size:
        visual.set_input_size(size)
    visual.image_size = size


def _stride(trunk: Any) -> int:
    """Return the pixels between neighbouring tokens."""
    if hasattr(trunk, "patch_embed") and hasattr(trunk.patch_embed, "feat_ratio"):
        return int(trunk.patch_embed.feat_ratio())
    return int(trunk.feature_info[-1]["reduction"]) if hasattr(trunk, "feature_info") else 1


def _how(visual: nn.Module) -> str:
    trunk = getattr(visual, "trunk", None)
    if trunk is not None and not hasattr(trunk, "patch_embed"):
        return "the tower is convolutional and has no position table."
    return "positions are interpolated (bicubic, antialiased)."


def _require_division(size: tuple[int, int], stride: int) -> None:
    """Check that an input divides into patches.

    Raises:
        PlanError: It does not.
    """
    if any(side < stride or side % stride for side in size):
        near = sorted({max(1, size[0] // stride) * stride, -(-size[0] // stride) * stride})
        raise PlanError(
            f"`resolution` {size[0]} x {size[1]} does not divide into patches of {stride} pixels; the "
            f"nearest that do are {' and '.join(str(side) for side in near)}"
        )


def _pair(size: Resolution | list[int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))
