"""LLaVA-OneVision: a base grid and a finer one with a newline token after each row; pooled frames."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from tokcomp_cli.errors import ModelError
from tokcomp_cli.vlm.base import Adapter, Block

FINE_RATIO = 1.1
"""The model shrinks a fine grid whose sides are this much too long."""


def features(model: Any, inputs: Mapping[str, Any]) -> Tensor:
    """Return the packed tokens of the picture or of the clip, (V, D)."""
    if "pixel_values_videos" in inputs:
        found: Tensor = model.get_video_features(inputs["pixel_values_videos"]).pooler_output
        return found.flatten(0, 1)
    image = model.get_image_features(
        inputs["pixel_values"], inputs["image_sizes"], batch_num_images=inputs.get("batch_num_images")
    )
    return torch.cat(list(image.pooler_output))


def blocks(config: Any, inputs: Mapping[str, Any]) -> tuple[Block, ...]:
    """Return one pooled grid a frame, or the base grid and the fine one; newline tokens are in none.

    Raises:
        ModelError: They do not add up to the model's visual tokens.
    """
    side = config.vision_config.image_size // config.vision_config.patch_size
    if "pixel_values_videos" in inputs:
        pooled = math.ceil(side / 2)
        frames = inputs["pixel_values_videos"].shape[1]
        return tuple(Block((pooled, pooled), frame * pooled * pooled) for frame in range(frames))
    found = [Block((side, side), 0)]
    tokens = int((inputs["input_ids"] == config.image_token_id).sum())
    if tokens > side * side + 1:
        rows, columns = _fine_grid(config, side, inputs["image_sizes"][0].tolist())
        if side * side + rows * (columns + 1) != tokens:
            raise ModelError(
                f"expected {side}x{side} and {rows}x{columns} visual tokens with a newline a row, "
                f"got {tokens}; this variant of the model is not known"
            )
        found.append(Block((rows, columns), side * side, columns + 1))
    return tuple(found)


def _fine_grid(config: Any, side: int, size: list[int]) -> tuple[int, int]:
    """Return rows and columns of the fine grid, cut to the picture's shape as the model does it."""
    from transformers.models.llava_onevision.modeling_llava_onevision import (
        get_anyres_image_grid_shape,
        unpad_image,
    )

    across = get_anyres_image_grid_shape(size, config.image_grid_pinpoints, config.vision_config.image_size)
    shape = unpad_image(torch.empty(1, across[0] * side, across[1] * side), size).shape
    rows, columns = int(shape[1]), int(shape[2])
    most = int(config.vision_aspect_ratio.removeprefix("anyres_max_"))
    ratio = math.sqrt(rows * columns / (most * side**2))
    return (int(rows // ratio), int(columns // ratio)) if ratio > FINE_RATIO else (rows, columns)


ADAPTER = Adapter(
    family="LLaVA-OneVision",
    model_types=("llava_onevision",),
    features=features,
    blocks=blocks,
    video_parts=True,
)
