"""Keep the tokens of all frames of one pass."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.compress._ops import frame_similarity
from tokcomp_cli.core.frames import FrameBatch
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.difficulty.signals import ImageSignals, picture_signals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.geometry import fitted
from tokcomp_cli.measure.reservoir import Reservoir, Totals
from tokcomp_cli.pipeline.stream import Streamed
from tokcomp_cli.reduce.video_tokens import VideoTokens, check_room


class TokenBuffer:
    """Takes in frames and keeps all their tokens."""

    def __init__(
        self,
        encoder: Encoder,
        clock: Clock,
        *,
        seed: int,
        why: str,
        statistic: str = "mean",
        extras: bool = False,
    ) -> None:
        """Hold nothing yet.

        Args:
            encoder: Gives the tokens.
            clock: Gets the milliseconds.
            seed: Of the reservoir.
            why: What needs all frames, for a message.
            statistic: Over the cosines of co-located patches of neighbouring frames.
            extras: Whether keys, text features and pictures are kept as well.
        """
        self._facts, self._blank = encoder.facts, encoder.blank
        self._clock, self._why, self._extras = clock, why, extras
        self._statistic, self._last = statistic, torch.empty(0)
        self._tokens: list[FrameTokens] = []
        self._pictures: list[npt.NDArray[np.uint8]] = []
        self._signals: list[ImageSignals] = []
        self.streamed = Streamed(Totals(self._facts.dim), Reservoir(seed=seed))

    def expect(self, frames: int) -> None:
        """Check that so many frames may be held.

        Raises:
            PlanError: They do not fit.
        """
        check_room(frames, self._facts, why=self._why)

    def add(self, batch: FrameBatch, tokens: FrameTokens) -> None:
        """Take in a batch of frames and their tokens."""
        seen = self.streamed
        if self._extras:
            pictures = fitted(batch.rgb, self._facts.input_size, fit=self._facts.fit)
            self._pictures.append(pictures.permute(0, 2, 3, 1).numpy())
            self._tokens.append(tokens)
        else:
            self._tokens.append(FrameTokens(tokens.features, tokens.saliency, tokens.pooled))
        with self._clock.on("difficulty"):
            self._signals += [picture_signals(rgb) for rgb in batch.rgb]
        with self._clock.on("fidelity"):
            for at, features in enumerate(tokens.features):
                content = features - self._blank
                seen.totals.add(features, content, tokens.saliency[at])
                seen.reservoir.add(len(seen.frame_index) + at, content)
                known = frame_similarity(features, self._last, self._statistic) if len(self._last) else None
                seen.similarities.append(known)
                self._last = features
        for rgb in batch.rgb:
            seen.pictures.offer(rgb)
        seen.frame_index += batch.frame_index.tolist()
        seen.pts_seconds += batch.pts_seconds.tolist()

    def close(self) -> None:
        """Have nothing left to do."""

    def held(self) -> VideoTokens:
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
            pictures=np.concatenate(self._pictures) if self._pictures else None,
        )
