"""What is lost when all patches count alike: exact for owned patches, however long the video is."""

from bisect import bisect_right
from collections.abc import Sequence

from torch import Tensor

from tokcomp_cli.fidelity.metrics import Loss
from tokcomp_cli.measure.reservoir import Reservoir, SampledFrame
from tokcomp_cli.measure.stand_ins import LastContent, tokens_at
from tokcomp_cli.reduce.merged_frame import MergedFrame


def lost_evenly(
    groups: Sequence[MergedFrame],
    losses: Sequence[Loss],
    reservoir: Reservoir,
    patches: int,
    *,
    per_frame: bool,
    merges: bool = True,
) -> float:
    """Return all patches' squared distance: exact for owned ones, from the reservoir for pruned ones.

    Of skipped frames the checked ones tell how much more is lost than of the frames that they look like.
    """
    if per_frame:
        owned = sum(float(group.spatial_loss[0]) for group in groups)
        pruned = sum(int((part.owner < 0).sum()) * part.frames for group in groups for part in group.parts)
    else:
        owned = sum(group.lost for group in groups)
        pruned = patches - sum(int(group.tokens.sizes.sum()) for group in groups)
    owned += lost_by_skipping(groups, reservoir, per_frame=per_frame, merges=merges)
    if not pruned:
        return owned
    weights = [frame.weight for frame in reservoir.frames]
    apart = sum(
        weight * float(loss.squared[loss.pruned].sum()) for loss, weight in zip(losses, weights, strict=True)
    )
    count = sum(weight * int(loss.pruned.sum()) for loss, weight in zip(losses, weights, strict=True))
    return owned + (apart / count if count else 0.0) * pruned


def lost_by_skipping(
    groups: Sequence[MergedFrame], reservoir: Reservoir, *, per_frame: bool = False, merges: bool = True
) -> float:
    """Return how much more is lost of skipped frames' owned patches than of the frames they look like."""
    starts, more, last = [group.first for group in groups], 0.0, LastContent()
    for frame in sorted(reservoir.checked, key=lambda frame: frame.ordinal):
        group = groups[bisect_right(starts, frame.ordinal) - 1]
        more += lost_beyond(frame, *tokens_at(group, frame, last, per_frame=per_frame, merges=merges))
    return more


def lost_beyond(frame: SampledFrame, tokens: Tensor, owner: Tensor) -> float:
    """Return how much more is lost of the frames a checked one speaks for than of the one they look like.

    Args:
        frame: A checked frame.
        tokens: Content of the tokens that stand for it, (K, D).
        owner: Token of each of its patches, or -1, int64, (P,).
    """
    true, given, stand_in = frame.content, frame.given, tokens.index_select(0, owner.clamp(min=0))
    # |true - y|^2 - |given - y|^2, y what stands for both.
    more = ((true - given) * ((true - stand_in) + (given - stand_in))).sum(1).double()
    return frame.weight * float(more[owner >= 0].sum())
