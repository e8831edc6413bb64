"""Put frames into merged frames."""

from collections.abc import Iterator

from torch import Tensor

from tokcomp_cli.compress.base import Method
from tokcomp_cli.reduce.merged_frame import FrameAccumulator
from tokcomp_cli.reduce.video_tokens import VideoTokens


def merged_frames(
    held: VideoTokens, blank: Tensor, temporal: Method, *, threshold: float, statistic: str, every: int
) -> Iterator[FrameAccumulator]:
    """Yield the merged frames that a temporal method makes of the frames, in order.

    Args:
        held: All frames.
        blank: Blank response of the encoder, (P, D).
        temporal: A temporal method that decides frame by frame.
        threshold: Similarity above which a frame joins.
        statistic: Over the cosines of co-located patches.
        every: For `uniform`: frames that one kept frame stands for.
    """
    group: FrameAccumulator | None = None
    for ordinal, features in enumerate(held.features):
        decision = None
        if group is not None and temporal.decide is not None:
            decision = temporal.decide(
                features, group.reference(), threshold=threshold, statistic=statistic, every=every
            )
        joins = decision is not None and decision.joins
        if group is None or not joins:
            if group is not None:
                yield group
            group = FrameAccumulator(ordinal, held.signals[ordinal])
        group.add(
            features,
            features - blank,
            held.saliency[ordinal],
            None if held.keys is None else held.keys[ordinal],
            decision if joins else None,
            text=None if held.text is None else held.text[ordinal],
        )
    if group is not None:
        yield group
