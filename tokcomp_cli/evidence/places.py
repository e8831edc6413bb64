"""Where tokens are and how many patches they stand for, as the answerer is told it."""

import torch
from torch import Tensor

from tokcomp_cli.core.tokens import Compressed
from tokcomp_cli.evidence.answerer import Tokens
from tokcomp_cli.evidence.figures import content_of


def every_patch(grid: tuple[int, int], frames: int = 1) -> Tensor:
    """Return the middle of each patch across, down and, of several frames, in time, (T * P, C).

    In parts of the picture or the clip, in raster order, frame after frame; C is 2 or 3.
    """
    rows, columns = grid
    across, down = (torch.arange(columns) + 0.5) / columns, (torch.arange(rows) + 0.5) / rows
    flat = torch.stack([across.repeat(rows), down.repeat_interleave(columns)], dim=1)
    if frames == 1:
        return flat
    time = ((torch.arange(frames) + 0.5) / frames).repeat_interleave(len(flat))
    return torch.cat([flat.repeat(frames, 1), time[:, None]], dim=1)


def places(owner: Tensor, middles: Tensor, kept: int) -> Tensor:
    """Return the places of kept tokens, (K, 2 C + 1).

    Args:
        owner: Kept token of each patch, or -1, int64, (P,).
        middles: From `every_patch`, (P, C).
        kept: K.
    """
    owned = owner >= 0
    count = torch.bincount(owner[owned], minlength=kept).clamp(min=1).float()
    axes = middles.shape[1]
    sums = torch.zeros(kept, 2 * axes).index_add_(
        0, owner[owned], torch.cat([middles[owned], middles[owned].square()], dim=1)
    )
    mean = sums / count[:, None]
    spread = (mean[:, axes:] - mean[:, :axes].square()).clamp(min=0).sqrt()
    return torch.cat([mean[:, :axes], spread, count.log()[:, None]], dim=1)


def whole(content: Tensor, middles: Tensor) -> Tokens:
    """Return all patches of B pictures as tokens; content (B, P, D)."""
    axes = middles.shape[1]
    place = torch.zeros(len(middles), 2 * axes + 1)
    place[:, :axes] = middles
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
    place = torch.zeros(len(kept), longest, 2 * middles.shape[1] + 1)
    padding = torch.ones(len(kept), longest, dtype=torch.bool)
    for row, one in enumerate(kept):
        count = len(one.features)
        content[row, :count] = content_of(one, blanks) / scale
        place[row, :count] = places(one.owner, middles, count)
        padding[row, :count] = False
    return Tokens(content, place, padding)
