"""PVC's additions to the embedded tower: attention over time before its last blocks, then fewer tokens."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tokcomp_cli.compress.pool import pooled_cells
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.vit_small import DEPTH, Blocklike, VitSmall

WAVES, TOLD = 16, 64
LONGEST_SECONDS = 64.0
OVER_TIME, HEADS = 192, 6
SQUEEZED = 128


class Modulation(nn.Module):
    """AdaLN: a layer norm whose scale and shift come from the frame's time; a plain norm before training."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.told = zero(nn.Linear(TOLD, 2 * dim))

    def forward(self, tokens: Tensor, time: Tensor) -> Tensor:
        """Return tokens, (B, T, N, D), normalised; time as the network tells it, (B, T, TOLD)."""
        scale, shift = self.told(time)[:, :, None].chunk(2, dim=-1)
        found: Tensor = F.layer_norm(tokens, tokens.shape[-1:]) * (1 + scale) + shift
        return found


class CausalAttention(nn.Module):
    """Each place looks at itself in its own and earlier frames; what it finds is nothing before training."""

    def __init__(self, dim: int, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value, self.out = nn.Linear(dim, 3 * width), zero(nn.Linear(width, dim))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return what each place finds, (B, T, N, D), of normalised tokens, (B, T, N, D)."""
        batch, frames, places, _ = tokens.shape
        parts = self.query_key_value(tokens).view(batch, frames, places, 3, self.heads, -1)
        query, key, value = parts.permute(3, 0, 2, 4, 1, 5).flatten(1, 2)
        found = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        found = found.view(batch, places, self.heads, frames, -1).permute(0, 3, 1, 2, 4)
        out: Tensor = self.out(found.flatten(3))
        return out


class OverTime(nn.Module):
    """What stands before a block of the tower."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm, self.attention = Modulation(dim), CausalAttention(dim, OVER_TIME, HEADS)

    def forward(self, tokens: Tensor, time: Tensor) -> Tensor:
        """Return tokens, (B, T, N, D), with what they find in earlier frames added."""
        found: Tensor = tokens + self.attention(self.norm(tokens, time))
        return found


@dataclass(frozen=True, slots=True)
class BlockOverTime:
    """A block of the tower behind attention over time; called as the block is.

    Attributes:
        block: Of the tower, as it is.
        before: What stands before it.
        time: Of the frames, (B, T, TOLD).
    """

    block: Blocklike
    before: OverTime
    time: Tensor

    def __call__(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what the block returns; tokens of B clips of T frames, (B * T, N, D)."""
        clips = tokens.view(*self.time.shape[:2], *tokens.shape[1:])
        return self.block(self.before(clips, self.time).flatten(0, 1))


class Squeeze(nn.Module):
    """Fewer tokens a frame: the mean of each cell of a coarser grid, and what a network adds to it.

    Before training it is average pooling (the method `pool`).
    """

    def __init__(self, dim: int, grid: tuple[int, int], num_keep: int) -> None:
        """Make the network.

        Args:
            dim: D, width of a token.
            grid: Rows and columns of patches.
            num_keep: Tokens left of a frame; the largest grid of so many cells is taken.
        """
        super().__init__()
        cells = pooled_cells(grid, num_keep)
        patches = [(cells == cell).nonzero().flatten() for cell in range(int(cells.max()) + 1)]
        most = max(len(one) for one in patches)
        slots = torch.stack([F.pad(one, (0, most - len(one)), value=-1) for one in patches])
        self.cells: Tensor
        self.slots: Tensor
        self.register_buffer("cells", cells, persistent=False)
        self.register_buffer("slots", slots, persistent=False)
        self.norm, self.down = Modulation(dim), nn.Linear(dim, SQUEEZED)
        self.up = zero(nn.Linear(most * SQUEEZED, dim))

    def forward(self, content: Tensor, time: Tensor) -> Tensor:
        """Return K tokens a frame, (B, T, K, D), of content, (B, T, P, D)."""
        made: Tensor = self.up(F.gelu(self._by_cell(self.down(self.norm(content, time))).flatten(3)))
        return self.mean(content) + made

    def mean(self, content: Tensor) -> Tensor:
        """Return the mean of each cell, (..., K, D), of content, (..., P, D)."""
        return self._by_cell(content).sum(-2) / (self.slots >= 0).sum(1)[:, None]

    def _by_cell(self, values: Tensor) -> Tensor:
        """Return values of patches, (..., P, C), by cell, (..., K, patches, C); 0 where a cell has fewer."""
        there = (self.slots >= 0)[..., None]
        return values[..., self.slots.clamp(min=0), :] * there


class Pvc(nn.Module):
    """All that is learned; the tower itself stays as it is.

    Reference: PVC, arXiv 2412.09613. Deviations: attention over time is half as wide as the tower and stands
    before its last blocks only, whose weights stay frozen; cells of 14 x 14 patches are uneven, so their mean
    takes the place of PixelShuffle, with a network for the rest; a picture is one frame, not four.
    """

    def __init__(self, dim: int, grid: tuple[int, int], *, num_keep: int, blocks: int) -> None:
        """Make the networks.

        Args:
            dim: D, width of a token.
            grid: Rows and columns of patches.
            num_keep: Tokens left of a frame.
            blocks: Last blocks of the tower that get attention over time; 0 for none.
        """
        super().__init__()
        self.time = nn.Sequential(nn.Linear(2 * WAVES, TOLD), nn.SiLU())
        self.over_time = nn.ModuleList(OverTime(dim) for _ in range(blocks))
        self.squeeze = Squeeze(dim, grid, num_keep)

    @property
    def begin(self) -> int:
        """Return the blocks of the tower that stay without attention over time."""
        return DEPTH - len(self.over_time)

    def full(self, tower: VitSmall, begun: Tensor, seconds: Tensor) -> FrameTokens:
        """Return the tower's tokens of all frames of all clips, (B * T, ...).

        Before training they are those of the tower alone, bit for bit; trained, a frame's depend on it and on
        those before it.

        Args:
            tower: The embedded encoder's.
            begun: What `tower.begun` returns after `begin` blocks, float32, (B, T, 1 + P, D).
            seconds: Time of each frame, float32, (B, T).
        """
        time, start = self.told(seconds), self.begin
        added = cast("Iterable[OverTime]", self.over_time)
        behind = (
            BlockOverTime(block, before, time)
            for block, before in zip(tower.blocks[start:], added, strict=True)
        )
        whole = replace(tower, blocks=(*tower.blocks[:start], *behind))
        return whole.finished(begun.flatten(0, 1), start)

    def short(self, content: Tensor, seconds: Tensor) -> Tensor:
        """Return the tokens left of each frame, (B, T, K, D), of scaled content, (B, T, P, D)."""
        found: Tensor = self.squeeze(content, self.told(seconds))
        return found

    def told(self, seconds: Tensor) -> Tensor:
        """Return times as the networks are told them, (B, T, TOLD)."""
        period = torch.logspace(0, math.log10(LONGEST_SECONDS), WAVES, device=seconds.device)
        angle = seconds[..., None] * (2 * math.pi / period)
        told: Tensor = self.time(torch.cat([angle.sin(), angle.cos()], dim=-1))
        return told


def zero(layer: nn.Linear) -> nn.Linear:
    """Return a layer whose output is nothing before training."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
