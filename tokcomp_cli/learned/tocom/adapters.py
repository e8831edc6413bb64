"""Low-rank changes of queries and values, one group for each step between neighbouring merge ratios."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tokcomp_cli.encoders.vit_small import DEPTH, WIDTH
from tokcomp_cli.errors import PlanError

MOST_RATIO, RANK = 16, 2


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one block.

    Attributes:
        down: For queries and values, (2, R, D).
        up: For queries and values, (2, D, R).
    """

    down: Tensor
    up: Tensor

    def __call__(self, normed: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is added to queries before they are scaled and to values, (B, N, D) each.

        Args:
            normed: Tokens after the block's first norm, (B, N, D).
        """
        query, value = (normed @ self.down.flatten(0, 1).T).chunk(2, -1)
        return query @ self.up[0].T, value @ self.up[1].T

    def whole(self) -> Tensor:
        """Return the changes as matrices, (2, D, D)."""
        return self.up @ self.down


class Adapters(nn.Module):
    """Adapters between all ratios from 0 to the highest; the encoder's own weights are not touched.

    Reference: ToCom, arXiv 2408.06798: a model trained at ratio m and run at ratio n gets the sum of the
    groups between m and n, with the opposite sign where n is the smaller one. They are zero at the start.
    """

    def __init__(
        self, ratios: int = MOST_RATIO, rank: int = RANK, *, depth: int = DEPTH, width: int = WIDTH
    ) -> None:
        """Make adapters that change nothing.

        Args:
            ratios: Highest merge ratio; group g stands between g and g + 1.
            rank: Of each group.
            depth: Blocks of the encoder.
            width: Of its tokens, D.
        """
        super().__init__()
        self.down = nn.Parameter(torch.randn(ratios, depth, 2, rank, width) * width**-0.5)
        self.up = nn.Parameter(torch.zeros(ratios, depth, 2, width, rank))

    @property
    def most(self) -> int:
        """Return the highest ratio."""
        return len(self.down)

    def between(self, source: int, target: int) -> list[Change]:
        """Return the change of each block that makes up for another ratio; none where both are the same.

        Args:
            source: Ratio that the reader of the tokens was trained at.
            target: Ratio that the encoder runs at.

        Raises:
            PlanError: A ratio is not among those that the adapters were trained at.
        """
        for ratio in (source, target):
            if not 0 <= ratio <= self.most:
                raise PlanError(
                    f"these adapters were trained at merge ratios 0 to {self.most}; got {ratio}; choose one "
                    "of these, or train others with `tokcomp train tocom`"
                )
        low, high = sorted((source, target))
        if low == high:
            return []
        down = self.down[low:high].permute(1, 2, 0, 3, 4).flatten(2, 3)
        up = self.up[low:high].permute(1, 2, 3, 0, 4).flatten(3, 4)
        if target < source:
            up = -up
        return [Change(*one) for one in zip(down, up, strict=True)]
