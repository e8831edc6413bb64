"""Keep the tokens of all frames of one pass."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.core.frames import FrameBatch
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.difficulty.signals import ImageSignals, picture_signals
from tokcomp_cli.encoders.geometry import seen_by
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.video_tokens import VideoTokens, check_room


class TokenBuffer:
    """Keeps the tokens of all frames.

    Attributes:
        similarities: Of each frame to the one before it; None for the first.
        kept: Whether the tokens fit into memory.
    """

    def __init__(
        self,
        plan: ResolvedPlan,
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
            clock: Gets the milliseconds of `difficulty`.
            pictures: Gets each frame's picture.
            why: What needs all frames, for a message.
            extras: Whether keys, text features and pictures are kept as well.
            optional: Whether to keep nothing, rather than to fail, where the tokens do not fit into memory.
        """
        self._optional, self.kept = optional, True
        self._plan, self._clock, self._pictures = plan, clock, pictures
        self._why, self._extras = why, extras
        self._last = torch.empty(0)
        self._tokens: list[FrameTokens] = []
        self._inputs: list[npt.NDArray[np.uint8]] = []
        self._signals: list[ImageSignals] = []
        self.similarities: list[float | None] = []

    def expect(self, frames: int) -> None:
        """Check that so many frames may be held.

        Raises:
            PlanError: They do not fit.
        """
        try:
            check_room(frames, self._plan.facts, why=self._why)
        except PlanError:
            if not self._optional:
                raise
            self.kept = False

    def add(self, batch: FrameBatch, tokens: FrameTokens, content: Tensor) -> None:
        """Keep the next frames' tokens."""
        if not self.kept:
            return
        if self._extras:
            self._inputs += [seen_by(self._plan.facts, picture) for picture in batch.pictures]
            self._tokens.append(tokens)
        else:
            self._tokens.append(FrameTokens(tokens.features, tokens.saliency, tokens.pooled))
        with self._clock.on("difficulty"):
            self._signals += [picture_signals(picture) for picture in batch.pictures]
        for frame in content:
            known = len(self._last) > 0
            self.similarities.append(self._plan.alike(frame, self._last) if known else None)
            self._last = frame
        for picture in batch.pictures:
            self._pictures.offer(picture)

    def close(self) -> None:
        """Have nothing left to do."""

    def video(self) -> VideoTokens:
        """Return what was kept."""

        def joined(parts: list[Tensor | None]) -> Tensor | None:
            there = [part for part in parts if part is not None]
            return torch.cat(there) if len(there) == len(parts) else None

        return VideoTokens(
            features=torch.cat([tokens.features for tokens in self._tokens]),
            saliency=torch.cat([tokens.saliency for tokens in self._tokens]),
            keys=joined([tokens.keys for tokens in self._tokens]),
            text=joined([tokens.text_features for tokens in self._tokens]),
            signals=tuple(self._signals),
            pictures=np.stack(self._inputs) if self._inputs else None,
        )
