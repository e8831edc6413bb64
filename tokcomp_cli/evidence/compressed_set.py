"""Every training scene once more at a random budget by a random method, so that merged tokens are known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.compress import find
from tokcomp_cli.core.tokens import TokenSet, grid_tokens
from tokcomp_cli.evidence.answerer import PLACES, Tokens
from tokcomp_cli.evidence.places import every_patch, padded
from tokcomp_cli.evidence.task.encoded_set import EncodedSet

METHODS = ("ward", "random", "prune", "pool", "divprune", "scope", "uniform")
FEWEST, MOST = 8, 100


@dataclass(frozen=True, slots=True)
class Scaling:
    """How features become what the answerer is given.

    Attributes:
        blank: Blank response, (P, D).
        scale: What content is divided by: its root mean square over training scenes.
        grid: Rows and columns of patches.
    """

    blank: Tensor
    scale: float
    grid: tuple[int, int]

    @classmethod
    def of(cls, features: Tensor, blank: Tensor, grid: tuple[int, int]) -> "Scaling":
        """Return the scaling of some scenes' features, (N, P, D)."""
        return cls(blank, float((features[:256].float() - blank).square().mean().sqrt()), grid)

    def content(self, features: Tensor) -> Tensor:
        """Return scaled content of features, float32, (B, P, D)."""
        return (features.float() - self.blank) / self.scale


def token_set(scenes: EncodedSet, number: int, scaling: Scaling) -> TokenSet:
    """Return the tokens of one scene, as methods take them."""
    return grid_tokens(
        scenes.features[number].float(),
        scaling.grid,
        saliency=scenes.saliency[number].float(),
        keys=scenes.keys[number].float() if scenes.keys.shape[-1] else None,
        blank=scaling.blank,
    )


def compress_scenes(
    scenes: EncodedSet,
    scaling: Scaling,
    *,
    seed: int,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> Tokens:
    """Return each scene's tokens after a random method at a random budget, float16, padded to `MOST`.

    Args:
        scenes: N scenes.
        scaling: Of the answerer.
        seed: Decides methods and budgets.
        progress: Called with scenes done and scenes to do.
    """
    rng, middles = np.random.default_rng(seed), every_patch(scaling.grid)
    content = torch.zeros(len(scenes), MOST, scenes.features.shape[2], dtype=torch.float16)
    place = torch.zeros(len(scenes), MOST, PLACES, dtype=torch.float16)
    padding = torch.ones(len(scenes), MOST, dtype=torch.bool)
    for number in range(len(scenes)):
        num_keep = min(int(np.exp(rng.uniform(np.log(FEWEST), np.log(MOST + 1)))), len(middles))
        method = find("spatial", METHODS[int(rng.integers(len(METHODS)))])
        kept = method.run(token_set(scenes, number, scaling), num_keep, number)
        tokens = padded([kept], scaling.blank, middles, scaling.scale)
        count = tokens.content.shape[1]
        content[number, :count], place[number, :count] = tokens.content[0].half(), tokens.place[0].half()
        padding[number, :count] = False
        progress(number + 1, len(scenes))
    return Tokens(content, place, padding)
