"""DyCoke: within groups of four frames, drop what repeats a co-located token."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.selection import evenly_spaced
from tokcomp_cli.compress.similarity import co_located
from tokcomp_cli.compress.video import apportion, kept_with_repeats
from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.core.tokens import Compressed

PRUNED = 0.7


def choose_original(features: Tensor, prune_ratio: float = PRUNED) -> Tensor:
    """Return what the original keeps, flat indices, int64, by frame and rising similarity.

    Odd frames are cut against the frame before, then frames 2, 6, ... against frames 0, 4, ..., as far
    as those lie below T - 4. The last frame of an odd count is lost.

    Args:
        features: (T, P, D).
        prune_ratio: Share of a cut frame that is dropped.
    """
    patches = features.shape[1]
    frames = len(features) // 2 * 2
    count = int((1 - prune_ratio) * patches)
    kept = [torch.arange(patches, device=features.device) for _ in range(frames)]
    pairs = [(frame + 1, frame) for frame in range(0, frames, 2)]
    pairs += [(frame + 2, frame) for frame in range(0, len(features) - 4, 4)]
    for frame, reference in pairs:
        alike = co_located(features[frame], features[reference])
        kept[frame] = alike.argsort(stable=True)[:count]
    return torch.cat([frame * patches + chosen for frame, chosen in enumerate(kept)])


def references(frames: int) -> Tensor:
    """Return the frame that each frame is cut against, on the CPU, int64, (T,).

    In a group of four, frames 1 and 2 are cut against 0, and 3 against 2; the first of a group against the
    first of the group before.
    """
    back = (4, 1, 2, 1)
    return torch.tensor([max(0, frame - back[frame % 4]) for frame in range(frames)], device="cpu")


def frame_counts(frames: int, patches: int, num_keep: int) -> Tensor:
    """Return how many patches each frame keeps, on the CPU, int64, (T,), adding up to `num_keep`.

    The first frame of each group of four is whole and the others share the rest equally. Where the first
    frames alone are too many, the very first is whole and all others share.

    Args:
        frames: T.
        patches: P.
        num_keep: 1 to T * P.
    """
    frame = torch.arange(frames, device="cpu")
    whole = frame % 4 == 0
    if int(whole.sum()) * patches > num_keep:
        whole = frame == 0
    counts = torch.where(whole, patches, 0)
    left = num_keep - int(counts.sum())
    if left < 0:
        counts[0] = num_keep
    elif left > 0:
        cut = (~whole).nonzero().squeeze(1)
        even = cut.double().fill_(left / len(cut))
        counts[cut] = apportion(even, left, torch.full_like(cut, patches), least=0)
    return counts


def compress_video(features: Tensor, *, num_keep: int, **_: object) -> Compressed:
    """Return each cut frame's patches least like its reference; each dropped one repeats its reference."""
    frames, patches = features.shape[:2]
    reference, counts = references(frames), frame_counts(frames, patches, num_keep)
    alike = co_located(features, features[reference])
    keep = alike.argsort(dim=1, stable=True).argsort(dim=1) < counts.to(features.device)[:, None]
    keep[0] = False
    keep[0, evenly_spaced(patches, int(counts[0]))] = True
    return kept_with_repeats(features, keep, reference)


METHOD = Method(
    name="dycoke",
    stage="temporal",
    rule="in groups of four frames keep the first whole and of the others the patches least like it or the "
    "frame before",
    paper="arXiv 2411.15024 (DyCoke, CVPR 2025), its first stage",
    compress_video=compress_video,
    merges=False,
    deviations=(
        "any number of frames; the original loses the last of an odd count, skips the last group of four and "
        "fails on four frames",
        "lands on the asked count instead of 30 % of each cut frame",
    ),
)
