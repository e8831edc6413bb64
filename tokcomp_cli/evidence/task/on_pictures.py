"""Spatial methods on pictures."""

from functools import cached_property

from torch import Tensor

from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.tokens import Compressed, grid_tokens
from tokcomp_cli.evidence.figures import Before, content_of, figures
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.fidelity.metrics import frame_loss


class OnPictures:
    """Spatial methods on pictures."""

    def __init__(self, scenes: EncodedSet, scaling: Scaling, floor: float) -> None:
        """Take pictures.

        Args:
            scenes: N pictures.
            scaling: For the blank response and the grid.
            floor: Least energy of a patch, as the encoder's card has it.
        """
        self._scenes, self._scaling, self._floor = scenes, scaling, floor

    def keep(self, method: Method, at: int, num_keep: int) -> Compressed:
        """Return what a method keeps of a picture."""
        scenes = self._scenes
        tokens = grid_tokens(
            scenes.features[at].float(),
            self._scaling.grid,
            saliency=scenes.saliency[at].float(),
            keys=scenes.keys[at].float() if scenes.keys.shape[-1] else None,
            blank=self._scaling.blank,
        )
        return method.run(tokens, num_keep, at)

    def measure(self, at: int, kept: Compressed) -> tuple[dict[str, float], Tensor]:
        """Return figures and losses of a picture."""
        before, tokens = self._before[at], content_of(kept, self._scaling.blank)
        loss = frame_loss(before.content, tokens, kept.owner)
        return figures(before, tokens, loss, kept.owner), loss.squared.float()

    @cached_property
    def _before(self) -> list[Before]:
        scenes, scaling = self._scenes, self._scaling
        return [
            Before.of(
                scenes.features[at].float() - scaling.blank,
                scenes.saliency[at].float(),
                scaling.grid,
                self._floor,
                scenes.elsewhere(at),
            )
            for at in range(len(scenes))
        ]
