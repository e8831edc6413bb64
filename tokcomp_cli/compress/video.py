"""What the methods over a whole video share: stand-ins, runs of patches, exact shares."""

from __future__ import annotations

from tokcomp_cli.compress.merging import in_raster_order, merged
from tokcomp_cli.compress.precision import detached
from tokcomp_cli.compress.selection import selected, top
from tokcomp_cli.compress.similarity import co_located
from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.core.origin import follow, gather_sum
from tokcomp_cli.core.tokens import Compressed, TokenSet
from tokcomp_cli.errors import PlanError


def flat(features: Tensor) -> TokenSet:
    """Return the patches of all frames as one set, each of size 1, in frame-raster order.

    Columns of the grid are not known here: `position` counts patches in one row.

    Args:
        features: (T, P, D).
    """
    frames, patches, _ = features.shape
    index = torch.arange(frames * patches, device=features.device)
    position = torch.stack([index // patches, torch.zeros_like(index), index % patches], dim=1)
    return TokenSet(features.flatten(0, 1), torch.ones_like(index), position)


def neighbour_cosines(features: Tensor) -> Tensor:
    """Return the cosine of each patch with the one before it at its position, (T - 1, P).

    Args:
        features: (T, P, D).
    """
    return co_located(features[1:], features[:-1])


def stand_ins(keep: Tensor, reference: Tensor) -> Tensor:
    """Return the flat index of the kept patch that stands for each patch, or -1, int64, (T * P,).

    A kept patch stands for itself, a dropped one is stood for as the patch at its position in the frame
    that it was compared with.

    Args:
        keep: Whether each patch is kept, bool, (T, P).
        reference: Earlier frame that each frame is compared with; that of the first is not read, (T,).
    """
    frames, patches = keep.shape
    source = torch.arange(frames * patches, device=keep.device).view(frames, patches)
    source[0] = torch.where(keep[0], source[0], -1)
    for frame in range(1, frames):
        source[frame] = torch.where(keep[frame], source[frame], source[int(reference[frame])])
    return source.flatten()


def kept_with_repeats(features: Tensor, keep: Tensor, reference: Tensor) -> Compressed:
    """Return the kept patches as they are, each with the patches that repeat it.

    Args:
        features: (T, P, D).
        keep: bool, (T, P).
        reference: As in `stand_ins`.
    """
    chosen = keep.flatten()
    owner = follow(stand_ins(keep, reference), chosen.cumsum(0) - 1)
    sizes = torch.bincount(owner[owner >= 0], minlength=int(chosen.sum()))
    return Compressed(features.flatten(0, 1)[chosen], sizes, owner)


def previous_frame(frames: int) -> Tensor:
    """Return the frame before each frame, on the CPU, int64, (T,)."""
    return torch.arange(-1, frames - 1, device="cpu")


def join_runs(
    features: Tensor, alike: Tensor, allowed: Tensor, *, num_keep: int, saliency: Tensor
) -> Compressed:
    """Return runs of patches at one position as their means; then the least salient tokens are pruned.

    The most similar of the allowed neighbours are joined, as many as the count asks for; if joining all
    of them is not enough, pruning does the rest.

    Args:
        features: (T, P, D).
        alike: Similarity of each patch with the one before, (T - 1, P).
        allowed: Whether the two may be joined, bool, (T - 1, P).
        num_keep: Tokens to keep, 1 to T * P.
        saliency: Of each patch, (T, P); a joined token's is the sum.
    """
    frames, patches, _ = features.shape
    wanted = min(frames * patches - num_keep, int(allowed.sum()))
    keep = torch.ones(frames * patches, dtype=torch.bool, device=features.device)
    keep[patches + top(torch.where(allowed, alike, -torch.inf).flatten(), wanted)] = False
    source = stand_ins(keep.view(frames, patches), previous_frame(frames))
    owner = follow(source, keep.cumsum(0) - 1)
    joined = merged(flat(features), owner)
    count = len(joined.sizes)
    if count == num_keep:
        return joined
    score = gather_sum(detached(saliency).flatten().double(), owner, count)
    tokens = TokenSet(joined.features, joined.sizes, owner.new_zeros((count, 3)))
    pruned = selected(tokens, top(score, num_keep))
    return Compressed(pruned.features, pruned.sizes, follow(owner, pruned.owner))


def grouped(features: Tensor, label: Tensor, count: int) -> Compressed:
    """Return the mean of each group of patches, in frame-raster order.

    Args:
        features: (T, P, D).
        label: Group of each patch, each of 0..count-1 used, or -1, int64, (T * P,).
        count: Number of groups.
    """
    return merged(flat(features), in_raster_order(label.to(features.device), count)[0])


def apportion(ideal: Tensor, total: int, most: Tensor, *, least: int) -> Tensor:
    """Return whole shares that add up to `total`, int64, (S,), by largest remainder; ties to the earlier.

    Args:
        ideal: Shares as they should be, (S,).
        total: What the shares add up to; at most the sum of `most` and at least `least` times S.
        most: Largest share of each, int64, (S,).
        least: Smallest share of each.
    """
    share = torch.minimum(ideal.double().floor().long().clamp(min=least), most)
    while (missing := total - int(share.sum())) != 0:
        step = 1 if missing > 0 else -1
        free = share < most if missing > 0 else share > least
        want = torch.where(free, (ideal - share) * step, -torch.inf)
        share[top(want, min(abs(missing), int(free.sum())))] += step
    return share


def saliency_needed(saliency: Tensor | None, method: str) -> Tensor:
    """Return the saliency of the patches, (T, P).

    Raises:
        PlanError: There is none.
    """
    if saliency is None:
        raise PlanError(f"method {method} needs saliency, and this encoder gives none; evs needs only tokens")
    return saliency
