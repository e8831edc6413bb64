"""Towers of timm that end in a feature map: FastViT (MobileCLIP, MobileCLIP2) and ConvNeXt."""

from typing import Any

from torch import Tensor

from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.clip.taps import Tap
from tokcomp_cli.encoders.clip.tower import DEVIATION, TowerFacts, deviation
from tokcomp_cli.errors import PlanError


class FeatureMapTower:
    """open_clip's `TimmModel` around a timm trunk with `stages`."""

    def __init__(self, visual: Any, *, layer: int | None) -> None:
        """Take the tower.

        Raises:
            PlanError: A layer other than the last was asked for.
        """
        self._visual, trunk = visual, visual.trunk
        stages = len(trunk.stages)
        if layer not in (None, -1, stages):
            raise PlanError(
                f"`layer` does not apply: this tower has no blocks but {stages} stages of unlike grids"
            )
        self._taps = Tap(trunk.stages[-1]), Tap(trunk.head)
        height, width = (int(side) for side in visual.image_size)
        stride = int(trunk.feature_info[-1]["reduction"])
        self.facts = TowerFacts(
            family=f"{type(trunk).__name__} (timm), {stages} stages",
            grid=(height // stride, width // stride),
            patch_size=stride,
            dim=int(trunk.feature_info[-1]["num_chs"]),
            layer=f"feature grid of the last stage of {stages}",
            saliency=f"{DEVIATION} (no class token)",
        )

    def read(self, pictures: Tensor, *, text: bool) -> FrameTokens:
        """Return the tokens of normalised pictures, (T, 3, H, W)."""
        pooled = self._visual(pictures)
        stage, head = (tap.take() for tap in self._taps)
        tokens = stage.returned.flatten(2).transpose(1, 2).float()
        projected = self._project(head.first).float() if text else None
        return FrameTokens(tokens, deviation(tokens), pooled=pooled.float(), text_features=projected)

    def _project(self, final: Tensor) -> Tensor:
        """Return the head applied to each cell alone, (T, P, E); `final` is (T, C, rows, columns)."""
        batch, channels, rows, columns = final.shape
        cells = final.permute(0, 2, 3, 1).reshape(-1, channels, 1, 1)
        projected: Tensor = self._visual.head(self._visual.trunk.head(cells))
        return projected.view(batch, rows * columns, -1)
