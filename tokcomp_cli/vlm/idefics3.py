"""Idefics3: tiles as in SmolVLM, but a clip is pictures one by one."""

from tokcomp_cli.vlm.base import Adapter
from tokcomp_cli.vlm.smolvlm import tile_blocks, tile_features

ADAPTER = Adapter(
    family="Idefics3",
    model_types=("idefics3",),
    features=tile_features,
    blocks=tile_blocks,
)
