"""Merge frames as they come; what is kept grows with merged frames, not with frames."""

from collections.abc import Iterable
from functools import partial

import torch

from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.needs import LACKS
from tokcomp_cli.core.frames import Picture
from tokcomp_cli.core.memory import GIVE_BACK_EVERY, give_back
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.detail.hardest import HardestPicture
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.difficulty.rules import parse_rule
from tokcomp_cli.difficulty.signals import ImageSignals, picture_signals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.relevance import asked
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reading.frame_pass import EncodedFrames
from tokcomp_cli.reduce.frame_accumulator import FrameAccumulator
from tokcomp_cli.reduce.grouping import EncodedFrame, Grouping
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.spatial import close
from tokcomp_cli.reduce.vectors import many, very_many


class FrameMerger:
    """Merges frames as they come, and compresses each merged frame when it closes.

    Attributes:
        groups: Closed merged frames in order of time.
        hardest: The picture for the detail path, where the plan measures that.
    """

    def __init__(self, encoder: Encoder, plan: ResolvedPlan, clock: Clock, pictures: Pictures) -> None:
        """Start without a frame.

        Args:
            encoder: Gives the blank response, and the embedding of the query.
            plan: For the spatial and the temporal method.
            clock: Gets the milliseconds of each part.
            pictures: Gets the first picture of each merged frame.
        """
        facts = encoder.facts
        self._encoder, self._plan, self._clock, self._pictures = encoder, plan, clock, pictures
        self._spatial = find("spatial", plan.spatial)
        self._query = query_embedding(self._spatial, plan.plan, encoder)
        self._generator = torch.Generator().manual_seed(plan.plan.seed)
        self._grouping = Grouping(plan, clock)
        rule = parse_rule(plan.plan.difficulty.rule)
        self.hardest = HardestPicture(facts, rule) if plan.plan.detail else None
        self.groups: list[MergedFrame] = []
        self._seen = 0

    @property
    def similarities(self) -> list[float | None]:
        """Return the similarity of each frame to what it was compared with; None for the first."""
        return self._grouping.similarities

    def expect(self, frames: int) -> None:
        """Accept any number of frames: only merged frames are kept."""

    def add(self, frames: EncodedFrames) -> None:
        """Merge the next frames."""
        self._repeat(frames.leading)
        if frames.tokens is None:
            return
        for at in range(len(frames.copies)):
            for closed in self._grouping.take([self._frame(frames, frames.tokens, at)]):
                self._close(closed)

    def _repeat(self, times: int) -> None:
        for closed in self._grouping.repeat(times):
            self._close(closed)
        self._seen += times

    def close(self) -> None:
        """Close the merged frame that is still open."""
        if self._grouping.open is not None:
            self._close(self._grouping.open)

    def _frame(self, frames: EncodedFrames, tokens: FrameTokens, at: int) -> EncodedFrame:
        keys = tokens.keys if "keys" in self._spatial.needs else None
        text = tokens.text_features if self._query is not None else None
        ordinal, copies = self._seen, frames.copies[at]
        self._seen += 1 + copies
        return EncodedFrame(
            ordinal,
            tokens.features[at],
            frames.content[at],
            tokens.saliency[at],
            None if keys is None else keys[at],
            None if text is None else text[at],
            partial(self._opened, frames.pictures[at]),
            copies,
        )

    def _opened(self, picture: Picture) -> ImageSignals:
        self._pictures.offer(picture)
        if self.hardest is not None:
            with self._clock.on("detail"):
                self.hardest.opened(picture)
        with self._clock.on("difficulty"):
            return picture_signals(picture)

    def replace(self, groups: Iterable[FrameAccumulator]) -> None:
        """Hold other merged frames of the same video instead."""
        self.groups = []
        for group in groups:
            self._close(group)

    def _close(self, group: FrameAccumulator) -> None:
        facts = self._encoder.facts
        with self._clock.on("spatial"):
            closed = close(
                group,
                grid=facts.grid,
                blank=self._encoder.blank,
                floor=facts.floor,
                method=self._spatial,
                num_keep=self._plan.widest_tokens,
                generator=self._generator,
                query=self._query,
                half=many(len(self.groups) * facts.num_patches, facts.dim),
            )
        packed = very_many(len(self.groups) * facts.num_patches, facts.dim)
        self.groups.append(closed.in_bytes() if packed else closed)
        if len(self.groups) % GIVE_BACK_EVERY == 0:
            give_back()
        if self.hardest is not None:
            with self._clock.on("detail"):
                self.hardest.closed(closed.signals)


def query_embedding(method: Method, plan: Plan, encoder: Encoder) -> torch.Tensor | None:
    """Return what relevance is measured with where the method or tiers use it, (E,), or None.

    Raises:
        PlanError: The method needs it, and there is no query or the encoder has no text tower.
    """
    needed = "text" in method.needs
    if plan.query is None or not (needed or plan.tiers_measured):
        embedding = None
    else:
        embedding = asked(encoder, plan.query)
    if needed and embedding is None:
        raise PlanError(f"method {method.name} needs {LACKS['text']}")
    return embedding
