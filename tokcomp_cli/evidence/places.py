"""Where tokens are and how many patches they stand for, as the answerer is told it."""

import torch
from torch import Tensor

from tokcomp_cli.core.tokens import Compressed
from tokcomp_cli.evidence.answerer import Tokens
from tokcomp_cli.evidence.figures import content_of


def every_patch(grid: tuple[int, int], frames: int = 1) -> Tensor:
    """Return the middle of each patch across and down, in parts of the picture, (T * P, 2 or 2 + T).

    In raster order; of several frames one after the other, with a column for each, 1 where the patch is.
    """
    rows, columns = grid
    across, down = (torch.arange(columns) + 0.5) / columns, (torch.arange(rows) + 0.5) / rows
    flat = torch.stack([across.repeat(rows), down.repeat_interleave(columns)], dim=1)
    if frames == 1:
        return flat
    return torch.cat([flat.repeat(frames, 1), torch.eye(frames).repeat_interleave(len(flat), 0)], dim=1)


def places(owner: Tensor, middles: Tensor, kept: int) -> Tensor:
    """Return the places of kept tokens, (K, C + 3): mean of the middles, spreads, log of the size.

    Args:
        owner: Kept token of each patch, or -1, int64, (P,).
        middles: From `every_patch`, (P, C).
        kept: K.
    """
    owned = owner >= 0
    count = torch.bincount(owner[owned], minlength=kept).clamp(min=1).float()[:, None]
    own = torch.cat([middles[owned], middles[owned, :2].square()], dim=1)
    sums = torch.zeros(kept, own.shape[1]).index_add_(0, owner[owned], own) / count
    mean, square = sums[:, :-2], sums[:, -2:]
    spread = (square - mean[:, :2].square()).clamp(min=0).sqrt()
    return torch.cat([mean, spread, count.log()], dim=1)


def whole(content: Tensor, middles: Tensor) -> Tokens:
    """Return all patches of B pictures as tokens; content (B, P, D)."""
    place = torch.cat([middles, torch.zeros(len(middles), 3)], dim=1)
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
    place = torch.zeros(len(kept), longest, middles.shape[1] + 3)
    padding = torch.ones(len(kept), longest, dtype=torch.bool)
    for row, one in enumerate(kept):
        count = len(one.features)
        content[row, :count] = content_of(one, blanks) / scale
        place[row, :count] = places(one.owner, middles, count)
        padding[row, :count] = False
    return Tokens(content, place, padding)
