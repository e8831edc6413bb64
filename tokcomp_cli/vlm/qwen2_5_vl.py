"""Qwen2.5-VL: a grid as wide as the picture, one for two frames, with positions in time, row and column.

Qwen3-VL has no adapter: it adds features of earlier vision layers to the visual tokens again inside its
first decoder layers, which a reduction would have to follow.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from tokcomp_cli.vlm.base import Adapter, Block


def features(model: Any, inputs: Mapping[str, Any]) -> Tensor:
    """Return the merger's output for the pictures or the clip, (V, D)."""
    if "pixel_values_videos" in inputs:
        found = model.get_video_features(inputs["pixel_values_videos"], inputs["video_grid_thw"])
    else:
        found = model.get_image_features(inputs["pixel_values"], inputs["image_grid_thw"])
    return torch.cat(list(found.pooler_output))


def blocks(config: Any, inputs: Mapping[str, Any]) -> tuple[Block, ...]:
    """Return one grid a picture, or one for each two frames."""
    merge, found, first = config.vision_config.spatial_merge_size, [], 0
    for times, rows, columns in _grids(inputs).tolist():
        for _ in range(times):
            found.append(Block((rows // merge, columns // merge), first))
            first += rows // merge * (columns // merge)
    return tuple(found)


def positions(model: Any, inputs: Mapping[str, Any], pts_seconds: tuple[float, ...]) -> Tensor:
    """Return rotary positions in time, row and column, int64, (3, S).

    Those of the model, but that frames stand where they are in time: the model's own are evenly spaced,
    which merged frames are not.
    """
    found: Tensor = model.model.get_rope_index(
        inputs["input_ids"],
        inputs["mm_token_type_ids"],
        image_grid_thw=inputs.get("image_grid_thw"),
        video_grid_thw=inputs.get("video_grid_thw"),
        second_per_grid_ts=inputs.get("second_per_grid_ts"),
    )[0][:, 0]
    if "video_grid_thw" not in inputs:
        return found
    config = model.config.vision_config
    times = torch.tensor(pts_seconds[:: config.temporal_patch_size], dtype=torch.float64)
    apart = ((times - times[0]) * config.tokens_per_second).long()
    visual = inputs["input_ids"][0] == model.config.video_token_id
    found[0, visual] = found[0, visual].min() + apart.repeat_interleave(int(visual.sum()) // len(apart))
    return found


def _grids(inputs: Mapping[str, Any]) -> Tensor:
    found: Tensor = inputs["video_grid_thw" if "video_grid_thw" in inputs else "image_grid_thw"]
    return found


ADAPTER = Adapter(
    family="Qwen2.5-VL",
    model_types=("qwen2_5_vl",),
    features=features,
    blocks=blocks,
    video_parts=True,
    positions=positions,
)
