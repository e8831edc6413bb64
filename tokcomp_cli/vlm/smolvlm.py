"""SmolVLM: square tiles of a picture and the whole of it, or square frames."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from tokcomp_cli.vlm.base import Adapter, Block


def tile_features(model: Any, inputs: Mapping[str, Any]) -> Tensor:
    """Return the connector's output for all tiles or frames, one after the other, (V, D)."""
    found = model.get_image_features(
        pixel_values=inputs["pixel_values"], pixel_attention_mask=inputs.get("pixel_attention_mask")
    ).pooler_output
    return torch.cat(list(found))


def tile_blocks(config: Any, inputs: Mapping[str, Any]) -> tuple[Block, ...]:
    """Return one square grid a tile or frame."""
    tiles = inputs["pixel_values"].shape[1]
    each = int((inputs["input_ids"] == config.image_token_id).sum()) // tiles
    side = math.isqrt(each)
    return tuple(Block((side, side), tile * each) for tile in range(tiles))


ADAPTER = Adapter(
    family="SmolVLM",
    model_types=("smolvlm",),
    features=tile_features,
    blocks=tile_blocks,
    video_parts=True,
)
