"""Keep the tokens of all frames of one pass."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.core.frames import Picture
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.core.tokens import FrameTokens, concatenated
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.difficulty.signals import ImageSignals, picture_signals
from tokcomp_cli.encoders.geometry import seen_by
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reading.frame_pass import EncodedFrames
from tokcomp_cli.reduce.frame_rows import FrameRows
from tokcomp_cli.reduce.vectors import many
from tokcomp_cli.reduce.video_tokens import VideoTokens, check_memory, check_room


class TokenBuffer:
    """Keeps the tokens of all frames.

    Attributes:
        similarities: Of each frame to the one encoded before it; None for the first, and for frames that were
            not encoded.
        kept: Whether the tokens fit into memory.
    """

    def __init__(
        self,
        plan: ResolvedPlan,
        blank: Tensor,
        clock: Clock,
        pictures: Pictures,
        *,
        why: str,
        extras: bool = False,
        optional: bool = False,
    ) -> None:
        """Start without a frame.

        Args:
            plan: For the statistic of the similarity, and the encoder's facts.
            blank: Blank response of the encoder, (P, D).
            clock: Gets the milliseconds of `difficulty`.
            pictures: Gets each frame's picture.
            why: What needs all frames, for a message.
            extras: Whether keys, text features and pictures are kept as well, and all of it in single
                precision.
            optional: Whether to keep nothing, rather than to fail, where the tokens do not fit into memory.
        """
        self._optional, self.kept = optional, True
        self._plan, self._blank, self._clock, self._pictures = plan, blank, clock, pictures
        self._why, self._extras = why, extras
        self._last = torch.empty(0)
        self._rows: FrameRows | None = None
        self._beside: list[FrameTokens] = []
        self._inputs: list[npt.NDArray[np.uint8]] = []
        self._signals: list[ImageSignals] = []
        self._row_of: list[int] = []
        self.similarities: list[float | None] = []

    def expect(self, frames: int) -> None:
        """Check that so many frames may be held.

        Raises:
            PlanError: They do not fit, or a method that is to choose among them will not find the memory.
        """
        facts = self._plan.facts
        try:
            check_room(frames, facts, why=self._why)
        except PlanError:
            if not self._optional:
                raise
            self.kept = False
        if self._plan.plan.temporal.whole_video:
            check_memory(frames, facts, method=self._plan.temporal)
        if self.kept:
            half = not self._extras and many(frames * facts.num_patches, facts.dim)
            self._rows = FrameRows(frames, self._blank, half=half)

    def add(self, frames: EncodedFrames) -> None:
        """Keep the next frames' tokens; frames that look like another one share its tokens."""
        if not self.kept:
            return
        self._repeat(frames.leading)
        if frames.tokens is None:
            return
        tokens = frames.tokens
        if self._rows is None:
            self._rows = FrameRows(len(tokens.features), self._blank, half=False)
        self._rows.add(tokens.features)
        extras = (tokens.keys, tokens.text_features) if self._extras else (None, None)
        none = tokens.features.new_empty(len(tokens.features), 0)  # A view would keep all of them.
        self._beside.append(FrameTokens(none, tokens.saliency, tokens.pooled, *extras))
        for picture, content, copies in zip(frames.pictures, frames.content, frames.copies, strict=True):
            self._one(picture, content)
            self._repeat(copies)

    def _one(self, picture: Picture, content: Tensor) -> None:
        facts, known = self._plan.facts, len(self._last) > 0
        if self._extras:
            self._inputs.append(seen_by(facts, picture))
        with self._clock.on("difficulty"):
            self._signals.append(picture_signals(picture))
        self.similarities.append(self._plan.alike(content, self._last) if known else None)
        self._last = content
        self._pictures.offer(picture)
        self._row_of.append(len(self._signals) - 1)

    def _repeat(self, times: int) -> None:
        self._row_of += [len(self._signals) - 1] * times
        self.similarities += [None] * times

    def close(self) -> None:
        """Have nothing left to do."""

    def video(self) -> VideoTokens:
        """Return what was kept."""
        tokens, rows = concatenated(self._beside), torch.tensor(self._row_of)

        def every(part: Tensor) -> Tensor:
            return part if len(rows) == len(part) else part[rows]

        return VideoTokens(
            features=torch.empty(0) if self._rows is None else self._rows.frames(rows),
            saliency=every(tokens.saliency),
            keys=None if tokens.keys is None else every(tokens.keys),
            text=None if tokens.text_features is None else every(tokens.text_features),
            signals=tuple(self._signals[row] for row in self._row_of),
            pictures=np.stack([self._inputs[row] for row in self._row_of]) if self._inputs else None,
        )
