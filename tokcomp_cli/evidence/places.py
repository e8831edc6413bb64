"""Where tokens are and how many patches they stand for, as the answerer is told it."""

import torch
from torch import Tensor

from tokcomp_cli.core.tokens import Compressed
from tokcomp_cli.evidence.answerer import PLACES, Tokens
from tokcomp_cli.evidence.figures import content_of


def every_patch(grid: tuple[int, int]) -> Tensor:
    """Return the middle of each patch across and down, in parts of the picture, raster order, (P, 2)."""
    rows, columns = grid
    across, down = (torch.arange(columns) + 0.5) / columns, (torch.arange(rows) + 0.5) / rows
    return torch.stack([across.repeat(rows), down.repeat_interleave(columns)], dim=1)


def places(owner: Tensor, middles: Tensor, kept: int) -> Tensor:
    """Return the places of kept tokens, (K, PLACES).

    Args:
        owner: Kept token of each patch, or -1, int64, (P,).
        middles: From `every_patch`, (P, 2).
        kept: K.
    """
    owned = owner >= 0
    count = torch.bincount(owner[owned], minlength=kept).clamp(min=1).float()
    sums = torch.zeros(kept, 4).index_add_(
        0, owner[owned], torch.cat([middles[owned], middles[owned].square()], dim=1)
    )
    mean = sums / count[:, None]
    spread = (mean[:, 2:] - mean[:, :2].square()).clamp(min=0).sqrt()
    return torch.cat([mean[:, :2], spread, count.log()[:, None]], dim=1)


def whole(content: Tensor, middles: Tensor) -> Tokens:
    """Return all patches of B pictures as tokens; content (B, P, D)."""
    place = torch.zeros(len(middles), PLACES)
    place[:, :2] = middles
    padding = torch.zeros(content.shape[:2], dtype=torch.bool)
    return Tokens(content, place.expand(len(content), -1, -1), padding)


def padded(kept: list[Compressed], blanks: Tensor, middles: Tensor, scale: float) -> Tokens:
    """Return the tokens of pictures after compression, padded to the longest.

    Args:
        kept: One result for each picture.
        blanks: Blank response, (P, D): a token's is the mean over what it owns.
        middles: From `every_patch`.
        scale: What content is divided by.
    """
    longest = max(len(one.features) for one in kept)
    content = torch.zeros(len(kept), longest, blanks.shape[1])
    place = torch.zeros(len(kept), longest, PLACES)
    padding = torch.ones(len(kept), longest, dtype=torch.bool)
    for row, one in enumerate(kept):
        count = len(one.features)
        content[row, :count] = content_of(one, blanks) / scale
        place[row, :count] = places(one.owner, middles, count)
        padding[row, :count] = False
    return Tokens(content, place, padding)
