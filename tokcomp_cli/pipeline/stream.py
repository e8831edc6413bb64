"""One pass over the frames: decode, encode, group, close."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Decision, Method
from tokcomp_cli.compress.needs import LACKS
from tokcomp_cli.core.frames import FrameBatch
from tokcomp_cli.core.timing import Clock, one_thread
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.detail.hardest import HardestPicture
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.difficulty.rules import parse_rule
from tokcomp_cli.difficulty.signals import picture_signals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import PlanError
from tokcomp_cli.measure.reservoir import Reservoir, Totals
from tokcomp_cli.pipeline.encoding import encoded
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.merged_frame import FrameAccumulator, MergedFrame
from tokcomp_cli.reduce.spatial import close


@dataclass(slots=True)
class Streamed:
    """What one pass leaves behind; it grows with merged frames and a few numbers a frame.

    Attributes:
        groups: Closed merged frames in order of time.
        totals: Exact sums over all patches.
        reservoir: Frames kept whole.
        similarities: Of each frame to what it was compared with; None for the first.
        frame_index: The file's number of each frame.
        pts_seconds: Presentation time of each frame.
        pictures: First frames of a few merged frames, for a closer look; none where nobody asked.
    """

    totals: Totals
    reservoir: Reservoir
    groups: list[MergedFrame] = field(default_factory=list)
    similarities: list[float | None] = field(default_factory=list)
    frame_index: list[int] = field(default_factory=list)
    pts_seconds: list[float] = field(default_factory=list)
    pictures: Pictures = field(default_factory=Pictures)


class FrameConsumer(Protocol):
    """What one pass over the frames hands them to."""

    streamed: Streamed

    def expect(self, frames: int) -> None:
        """Hear how many frames will come, before the first is decoded.

        Raises:
            PlanError: They are more than can be held.
        """

    def add(self, batch: FrameBatch, tokens: FrameTokens) -> None:
        """Take in a batch of frames and their tokens."""

    def close(self) -> None:
        """Hear that all frames have come."""


class Grouper:
    """Puts frames into merged frames as they come.

    Attributes:
        streamed: What the pass leaves behind.
        hardest: The picture for the detail path, where the plan measures that.
    """

    def __init__(
        self, encoder: Encoder, plan: Plan, clock: Clock, *, threshold: float, statistic: str, widest: int
    ) -> None:
        facts = encoder.facts
        self._blank, self._grid, self._floor = encoder.blank, facts.grid, facts.floor
        self._clock, self._widest = clock, widest
        self._threshold, self._statistic, self._every = threshold, statistic, plan.temporal_every
        self._temporal = find("temporal", plan.temporal)
        self._spatial = find("spatial", plan.spatial_method)
        self._query = query_embedding(self._spatial, plan, encoder)
        if self._query is None and plan.lod and plan.query is not None:
            self._query = encoder.encode_text(plan.query)
        self.hardest = HardestPicture(facts, parse_rule(plan.difficulty)) if plan.detail else None
        self._generator = torch.Generator().manual_seed(plan.seed)
        self._open: FrameAccumulator | None = None
        self.streamed = Streamed(Totals(facts.dim), Reservoir(seed=plan.seed))

    def expect(self, frames: int) -> None:
        """Take note of nothing: merged frames are held, however many frames come."""

    def add(self, batch: FrameBatch, tokens: FrameTokens) -> None:
        """Take in a batch of frames and their tokens."""
        seen = self.streamed
        for at in range(len(batch.rgb)):
            keys = tokens.keys[at] if tokens.keys is not None and "keys" in self._spatial.needs else None
            features, saliency = tokens.features[at], tokens.saliency[at]
            content = features - self._blank
            with self._clock.on("temporal"):
                decision = self._decide(features)
            joins = decision is not None and decision.joins
            if self._open is None or not joins:
                self.close()
                self._open = self._opened(len(seen.frame_index), batch.rgb[at])
            with self._clock.on("temporal"):
                text = (
                    tokens.text_features[at]
                    if self._query is not None and tokens.text_features is not None
                    else None
                )
                self._open.add(features, content, saliency, keys, decision if joins else None, text=text)
            with self._clock.on("fidelity"):
                seen.totals.add(features, content, saliency)
                seen.reservoir.add(len(seen.frame_index), content)
            seen.similarities.append(None if decision is None else decision.similarity)
            seen.frame_index.append(int(batch.frame_index[at]))
            seen.pts_seconds.append(float(batch.pts_seconds[at]))

    def close(self) -> None:
        """Close the open merged frame, if there is one."""
        if self._open is None:
            return
        with self._clock.on("spatial"):
            group = close(
                self._open,
                grid=self._grid,
                blank=self._blank,
                floor=self._floor,
                method=self._spatial,
                num_keep=self._widest,
                generator=self._generator,
                query=self._query,
            )
        self.streamed.groups.append(group)
        if self.hardest is not None:
            self.hardest.closed(group.signals)
        self._open = None

    def _decide(self, features: torch.Tensor) -> Decision | None:
        if self._open is None or self._temporal.decide is None:
            return None
        return self._temporal.decide(
            features,
            self._open.reference(),
            threshold=self._threshold,
            statistic=self._statistic,
            every=self._every,
        )

    def _opened(self, ordinal: int, rgb: npt.NDArray[np.uint8]) -> FrameAccumulator:
        self.streamed.pictures.offer(rgb)
        if self.hardest is not None:
            with self._clock.on("detail"):
                self.hardest.opened(rgb)
        with self._clock.on("difficulty"):
            return FrameAccumulator(ordinal, picture_signals(rgb))


def query_embedding(method: Method, plan: Plan, encoder: Encoder) -> torch.Tensor | None:
    """Return the text embedding of the query for a method that asks for one, (E,), or None for any other.

    Raises:
        PlanError: There is no query, or the encoder has no text tower.
    """
    if "text" not in method.needs:
        return None
    embedding = encoder.encode_text(plan.query) if plan.query is not None else None
    if embedding is None:
        raise PlanError(f"method {method.name} needs {LACKS['text']}")
    return embedding


def stream(
    batches: Iterator[FrameBatch],
    encoder: Encoder,
    taker: FrameConsumer,
    clock: Clock,
    progress: Callable[[int], None],
    *,
    workers: int,
) -> Streamed:
    """Return what one pass over the frames leaves behind.

    Args:
        batches: Decoded frames in presentation order.
        encoder: Gives their tokens.
        taker: Takes them in.
        clock: Gets the milliseconds of each part.
        progress: Called with the number of frames done.
        workers: As in `encoded`.
    """
    for batch, tokens in encoded(batches, encoder, clock, workers):
        with one_thread():
            taker.add(batch, tokens)
        progress(len(taker.streamed.frame_index))
    with one_thread():
        taker.close()
    return taker.streamed
