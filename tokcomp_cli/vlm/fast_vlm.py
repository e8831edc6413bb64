"""FastVLM: few tokens from a hybrid encoder, one square grid a picture."""

from tokcomp_cli.vlm.base import Adapter
from tokcomp_cli.vlm.llava import image_features, square_blocks

ADAPTER = Adapter(
    family="FastVLM",
    model_types=("fast_vlm",),
    features=image_features,
    blocks=square_blocks,
)
