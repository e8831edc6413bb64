"""Put frames into merged frames: the one loop, for streams and for videos held in memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from torch import Tensor

from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Decision
from tokcomp_cli.core.memory import giving_back
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.plan.stages import DEFAULT_TEMPORAL
from tokcomp_cli.reduce.frame_accumulator import FrameAccumulator
from tokcomp_cli.reduce.video_tokens import VideoTokens


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One frame's tokens.

    Attributes:
        ordinal: Its place among the sampled frames.
        features: Patch tokens, float32, (P, D).
        content: The same minus the blank response, float32, (P, D).
        saliency: Saliency of the patches, float32, (P,).
        keys: Attention keys, float32, (P, K), or None where no method asks for them.
        text: Text features of the patches, float32, (P, E), or None where no method asks for them.
        signals: Measures the frame's picture; called where it opens a merged frame.
        copies: Frames after it that take its tokens.
    """

    ordinal: int
    features: Tensor
    content: Tensor
    saliency: Tensor
    keys: Tensor | None
    text: Tensor | None
    signals: Callable[[], ImageSignals]
    copies: int = 0


class Grouping:
    """Puts frames into merged frames, in order of time.

    Attributes:
        similarities: Of each frame to what it was compared with; None for the first, and for frames that were
            not encoded.
        open: The merged frame that the next frame may join.
    """

    def __init__(
        self,
        plan: ResolvedPlan,
        clock: Clock,
        *,
        temporal: str | None = None,
        products: bool = True,
    ) -> None:
        """Start without a frame.

        Args:
            plan: For the temporal method and its settings.
            clock: Gets the milliseconds of `temporal`.
            temporal: Another temporal method than the plan's.
            products: Whether merged frames get what the spatial stage alone loses follows from; most of the
                time goes there.
        """
        self._products = products
        method = find("temporal", temporal or plan.temporal)
        self._decide, self._joins_alike = method.decide, method.name == DEFAULT_TEMPORAL
        self._threshold, self._alike = plan.threshold, plan.alike
        self._every, self._clock = plan.plan.temporal.every, clock
        self.similarities: list[float | None] = []
        self.open: FrameAccumulator | None = None
        self._last: EncodedFrame | None = None

    def take(self, frames: Iterable[EncodedFrame]) -> Iterator[FrameAccumulator]:
        """Yield each merged frame that one of the frames closes; the last one stays open.

        Args:
            frames: The next frames.
        """
        for frame in frames:
            decision = self._compare(frame)
            self.similarities.append(None if decision is None else decision.similarity)
            if self.open is None or decision is None or not decision.joins:
                if self.open is not None:
                    yield self.open
                self.open = FrameAccumulator(frame.ordinal, frame.signals(), products=self._products)
                decision = None
            self._last = frame
            if self._joins_alike:
                self.similarities += [None] * frame.copies
                self._add(frame, decision, 1 + frame.copies)
            else:
                self._add(frame, decision)
                yield from self.repeat(frame.copies)

    def repeat(self, times: int) -> Iterator[FrameAccumulator]:
        """Yield each merged frame that is closed by so many frames that look like the last one.

        Where frames join by similarity they join the open merged frame, and were compared with nothing.

        Args:
            times: At least 0; not before the first frame.
        """
        last, group = self._last, self.open
        if last is None or group is None or not times:
            return
        if self._joins_alike:
            self.similarities += [None] * times
            self._add(last, None, times)
            return
        for again in range(last.ordinal + 1, last.ordinal + 1 + times):
            alike = replace(last, ordinal=again, signals=partial(_same, group.signals), copies=0)
            yield from self.take([alike])

    def _add(self, frame: EncodedFrame, decision: Decision | None, times: int = 1) -> None:
        if self.open is not None:
            with self._clock.on("temporal"):
                self.open.add(
                    frame.features,
                    frame.content,
                    frame.saliency,
                    frame.keys,
                    decision,
                    text=frame.text,
                    times=times,
                )

    def _compare(self, frame: EncodedFrame) -> Decision | None:
        if self.open is None or self._decide is None:
            return None
        with self._clock.on("temporal"):
            return self._decide(
                frame.content,
                self.open.reference,
                threshold=self._threshold,
                alike=self._alike,
                every=self._every,
            )


def _same(signals: ImageSignals) -> ImageSignals:
    return signals


def merged_frames(
    video: VideoTokens,
    blank: Tensor,
    plan: ResolvedPlan,
    *,
    temporal: str | None = None,
    products: bool = True,
) -> Iterator[FrameAccumulator]:
    """Yield the merged frames that a temporal method makes of a video's frames, in order.

    Each holds several times what its closed form does: they are best used one at a time.

    Args:
        video: All frames.
        blank: Blank response of the encoder, (P, D).
        plan: For the temporal method and its settings.
        temporal: Another temporal method than the plan's.
        products: As of `Grouping`.
    """
    grouping = Grouping(plan, Clock(), temporal=temporal, products=products)
    yield from giving_back(grouping.take(_frames_of(video, blank)))
    if grouping.open is not None:
        yield grouping.open


def count_merged(video: VideoTokens, blank: Tensor, plan: ResolvedPlan) -> int:
    """Return how many merged frames a video's frames make; arguments as above. None of them is finished."""
    grouping = Grouping(plan, Clock(), products=False)
    closed = sum(1 for _ in grouping.take(_frames_of(video, blank)))
    return closed + (grouping.open is not None)


def _frames_of(video: VideoTokens, blank: Tensor) -> Iterator[EncodedFrame]:
    for ordinal, features in enumerate(video.frames):
        yield EncodedFrame(
            ordinal,
            features,
            features - blank,
            video.saliency[ordinal],
            None if video.keys is None else video.keys[ordinal],
            None if video.text is None else video.text[ordinal],
            lambda ordinal=ordinal: video.signals[ordinal],  # type: ignore[misc]
        )
