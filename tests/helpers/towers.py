"""Small CLIP models with random weights, saved as a user would: config and safetensors in a folder."""

import copy
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from safetensors.torch import save_file

PREPROCESS = {
    "mean": [0.48, 0.46, 0.41],
    "std": [0.27, 0.26, 0.28],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}
TEXT = {"context_length": 12, "vocab_size": 49408, "width": 8, "heads": 2, "layers": 1}
VIT = {"layers": 3, "width": 32, "head_width": 16, "patch_size": 16, "image_size": 64}


def native(**changes: Any) -> dict[str, Any]:
    return {"embed_dim": 24, "vision_cfg": {**VIT, **changes}, "text_cfg": dict(TEXT)}


def timm(model: str, pool: str, projection: str | None, size: int = 224) -> dict[str, Any]:
    vision = {"timm_model_name": model, "timm_pool": pool, "timm_proj": projection, "image_size": size}
    return {"embed_dim": 24, "custom_text": True, "vision_cfg": vision, "text_cfg": dict(TEXT)}


FAMILIES: dict[str, dict[str, Any]] = {
    "openai": {**native(), "quick_gelu": True},
    "vit": native(),
    "clipa": native(no_ln_pre=True, pool_type="avg", final_ln_after_pool=True),
    "coca": native(attentional_pool=True, attn_pooler_heads=2, attn_pooler_queries=4, output_tokens=True),
    "normed": native(qk_norm=True, scale_heads=True, scale_attn_inner=True, ls_init_value=0.5),
    "eva": timm("eva02_tiny_patch14_224", "token", "linear"),
    "siglip": {**timm("test_vit3", "map", "none", 160), "embed_dim": 96},
    "pe": timm("vit_pe_core_tiny_patch16_384", "map", None, 384),
    "mobileclip2": timm("fastvit_t8", "avg", None, 64),
    "convnext": timm("test_convnext", "avg", "linear", 64),
}


# timm's towers are read at a smaller input than they were made for: quicker, and positions are interpolated
RESOLUTION = {"eva": 56, "siglip": 64, "pe": 64}


def config(family: str) -> dict[str, Any]:
    return copy.deepcopy(FAMILIES[family])


def model(stated: dict[str, Any], *, seed: int = 0) -> Any:
    """Return open_clip's model with weights large enough that attention is not flat."""
    torch.manual_seed(seed)
    built = copy.deepcopy(stated)
    custom = built.pop("custom_text", False)
    kind = open_clip.CustomTextCLIP if custom else open_clip.CLIP
    if "multimodal_cfg" in built:
        kind = open_clip.CoCa
    made = kind(**built).eval().requires_grad_(requires_grad=False)
    for name, value in made.named_parameters():
        if name.endswith("gamma"):
            value.fill_(0.5)
        elif value.ndim > 1 and "visual" in name:
            value.normal_(0, 1.5 / math.sqrt(value[0].numel()))
        elif value.ndim == 1 and name.endswith("bias"):
            value.normal_(0, 0.1)
    return made


def save(folder: Path, family: str, *, preprocess: dict[str, Any] | None = PREPROCESS) -> Any:
    """Write a model's folder and return the model."""
    folder.mkdir(parents=True, exist_ok=True)
    stated = config(family)
    made = model(stated)
    whole: dict[str, Any] = {"model_cfg": stated}
    if preprocess is not None:
        whole["preprocess_cfg"] = preprocess
    (folder / "open_clip_config.json").write_text(json.dumps(whole))
    state = {key: value.contiguous().clone() for key, value in made.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    return made


def resized(made: Any, family: str) -> Any:
    """Return the model at the input size that its encoder is opened with."""
    if family in RESOLUTION:
        made.visual.set_input_size((RESOLUTION[family],) * 2)
    return made


def frames(count: int, size: tuple[int, int], *, seed: int = 0) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (count, *size, 3), dtype=np.uint8)


def normalised(rgb: np.ndarray[Any, np.dtype[np.uint8]]) -> torch.Tensor:
    """Return what the model is shown, for pictures that are already of its size."""
    mean, std = torch.tensor(PREPROCESS["mean"]).view(3, 1, 1), torch.tensor(PREPROCESS["std"]).view(3, 1, 1)
    return (torch.from_numpy(rgb).permute(0, 3, 1, 2).float() / 255 - mean) / std


COLOURS = {"red": 0, "green": 1, "blue": 2}


def planted(folder: Path) -> Any:
    """Write a CLIP that knows three words, and whose plain patches answer them the wrong way round.

    A patch is its mean colour and a word its colour. The last block turns each value against what it came
    from and mixes all evenly; the head turns the whole. So a patch by itself answers right, and what the
    block puts into it, being everybody's, leaves it turned.
    """
    stated = {**native(layers=2), "text_cfg": {**TEXT, "width": 8}}
    made = model(stated)
    for value in made.parameters():
        value.zero_()
    visual = made.visual
    for norm in (visual.ln_pre, visual.ln_post, made.ln_final):
        norm.weight.fill_(1)
    for block in (*visual.transformer.resblocks, *made.transformer.resblocks):
        block.ln_1.weight.fill_(1)
        block.ln_2.weight.fill_(1)
    for channel in COLOURS.values():
        visual.conv1.weight[channel, channel] = 1 / 256
        visual.proj[channel, channel] = -1
        made.text_projection[channel, channel] = 1
    _attend_evenly(visual.transformer.resblocks[-1].attn, -2)
    _attend_evenly(made.transformer.resblocks[0].attn, 1)
    words = open_clip.SimpleTokenizer(context_length=TEXT["context_length"])
    for word, channel in COLOURS.items():
        made.token_embedding.weight[words(word)[0, 1], channel] = 1
    made.logit_scale.fill_(1)
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"model_cfg": stated, "preprocess_cfg": PREPROCESS}
    (folder / "open_clip_config.json").write_text(json.dumps(whole))
    state = {key: value.contiguous().clone() for key, value in made.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    return made


def _attend_evenly(attention: Any, factor: float) -> None:
    """Have an attention return the mean of what it is given, times a factor."""
    width = attention.embed_dim
    attention.in_proj_weight[2 * width :] = torch.eye(width)
    attention.out_proj.weight.copy_(factor * torch.eye(width))


def two_squares(at: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a green picture of four by four cells with one red and one blue, uint8, (64, 64, 3)."""
    rgb = np.zeros((64, 64, 3), dtype=np.uint8)
    rgb[..., 1] = 255
    for cell, colour in zip(at, ((255, 0, 0), (0, 0, 255)), strict=True):
        row, column = cell // 4 * 16, cell % 4 * 16
        rgb[row : row + 16, column : column + 16] = colour
    return rgb
