"""What a tower of any family offers, and what the families share."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn

from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.errors import PlanError

DEVIATION = "norm of the deviation from the frame's mean token"
PENULTIMATE = -2


@dataclass(frozen=True, slots=True)
class TowerFacts:
    """How a tower is read.

    Attributes:
        family: In words.
        grid: Rows and columns of patch tokens.
        patch_size: Patch side in pixels.
        dim: Width of a token.
        layer: Which layer the tokens are read from.
        saliency: What the saliency is.
    """

    family: str
    grid: tuple[int, int]
    patch_size: int
    dim: int
    layer: str
    saliency: str


class Tower(Protocol):
    """An image tower whose patch tokens can be read."""

    @property
    def facts(self) -> TowerFacts:
        """Return how it is read."""

    def read(self, pictures: Tensor, *, text: bool) -> FrameTokens:
        """Return the tokens of normalised pictures.

        Args:
            pictures: (T, 3, H, W).
            text: Whether to project each patch into the space of the text embedding: the tower's own head,
                applied to that patch alone. Where the embedding is a class token's, what the last block puts
                into a patch belongs to others, and the text is answered the wrong way round (arXiv
                2304.05653): there the last block runs on each patch alone too (`alone`).
        """


def block_index(layer: int | None, depth: int) -> int:
    """Return which block to read, from 0.

    Args:
        layer: Blocks counted from 1, or from the end with -1 for the last (as language models with a
            vision tower count them); None for the penultimate.
        depth: Blocks in the tower.

    Raises:
        PlanError: There is no such block.
    """
    wanted = layer if layer is not None else max(PENULTIMATE, -depth)
    if not 1 <= abs(wanted) <= depth:
        raise PlanError(f"`layer` takes 1 to {depth}, or -{depth} to -1, for this tower; got {wanted}")
    return wanted - 1 if wanted > 0 else depth + wanted


def block_words(index: int, depth: int) -> str:
    """Return which block is read, in words."""
    return f"output of block {index + 1} of {depth}, before the final norm"


def alone(block: nn.Module, patches: Tensor) -> Tensor:
    """Return what a block makes of each patch when there is no other token, (T, P, D).

    Attention over one token is its value, so this is the value path: value and output projection, then
    residual and MLP as they are.

    Args:
        block: Takes (T, N, D).
        patches: What the block was given, class and register tokens left out, (T, P, D).

    Reference: MaskCLIP, arXiv 2112.01071; its code keeps residual and MLP of a ViT's last block.
    """
    returned: Tensor = block(patches.flatten(0, 1)[:, None])
    return returned.view(patches.shape)


def deviation(tokens: Tensor) -> Tensor:
    """Return the norm of each token's deviation from its frame's mean token, (T, P)."""
    return (tokens - tokens.mean(1, keepdim=True)).square().sum(2).sqrt()
