"""LLaVA: one square grid a picture, through a two-layer projector."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from tokcomp_cli.errors import ModelError
from tokcomp_cli.vlm.base import Adapter, Block


def image_features(model: Any, inputs: Mapping[str, Any]) -> Tensor:
    """Return the projector's output for all pictures, one after the other, (V, D)."""
    found = model.get_image_features(pixel_values=inputs["pixel_values"]).pooler_output
    return torch.cat(list(found))


def square_blocks(config: Any, inputs: Mapping[str, Any]) -> tuple[Block, ...]:
    """Return one square grid a picture; a class token before it is in none.

    Raises:
        ModelError: The tokens of a picture make no square.
    """
    pictures = len(inputs["pixel_values"])
    each = int((inputs["input_ids"] == config.image_token_id).sum()) // pictures
    side = math.isqrt(each)
    before = each - side * side
    if before not in {0, 1}:
        raise ModelError(
            f"expected a square grid of visual tokens a picture, got {each} tokens; "
            "this variant of the model is not known"
        )
    return tuple(Block((side, side), picture * each + before) for picture in range(pictures))


ADAPTER = Adapter(
    family="LLaVA",
    model_types=("llava",),
    features=image_features,
    blocks=square_blocks,
)
