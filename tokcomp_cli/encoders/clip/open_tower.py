"""Which family a model's image tower is of."""

from typing import Any

from tokcomp_cli.encoders.clip.feature_map import FeatureMapTower
from tokcomp_cli.encoders.clip.timm_vit import TimmVitTower
from tokcomp_cli.encoders.clip.tower import Tower
from tokcomp_cli.encoders.clip.vit import VitTower
from tokcomp_cli.errors import EncoderError


def open_tower(visual: Any, *, layer: int | None, name: str) -> Tower:
    """Return the tower of a model, ready to read.

    Args:
        visual: open_clip's image tower, at its final input size.
        layer: Block to read, as `block_index` counts.
        name: Of the encoder, for the error.

    Raises:
        EncoderError: The tower yields no patch grid.
        PlanError: There is no such block.
    """
    if hasattr(visual, "transformer") and hasattr(visual, "conv1"):
        return VitTower(visual, layer=layer)
    trunk = getattr(visual, "trunk", None)
    if hasattr(trunk, "blocks") and hasattr(trunk, "patch_embed"):
        return TimmVitTower(visual, layer=layer)
    if hasattr(trunk, "stages") and hasattr(trunk, "feature_info"):
        return FeatureMapTower(visual, layer=layer)
    kind = type(visual if trunk is None else trunk).__name__
    raise EncoderError(
        f"the image tower of {name} ({kind}) yields no patch grid that tokcomp can read; choose a ViT, EVA, "
        "SigLIP, PE, MobileCLIP or ConvNeXt model"
    )
