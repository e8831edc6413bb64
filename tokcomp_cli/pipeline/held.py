"""All frames' tokens in memory at once, for what cannot be done frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.similarity import frame_similarity
from tokcomp_cli.core.frames import FrameBatch
from tokcomp_cli.core.results import EncoderFacts
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.difficulty.signals import ImageSignals, picture_signals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.geometry import FITS, fitted
from tokcomp_cli.errors import PlanError
from tokcomp_cli.pipeline.clock import Clock
from tokcomp_cli.pipeline.groups import OpenFrames
from tokcomp_cli.pipeline.sample import Reservoir, Totals
from tokcomp_cli.pipeline.stream import Streamed

HELD_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Held:
    """The tokens of every frame.

    Attributes:
        features: Patch tokens, float32, (T, P, D).
        saliency: Saliency of the patches, float32, (T, P).
        keys: Attention keys, float32, (T, P, K), or None.
        text: Patches in the space of the text embedding, float32, (T, P, E), or None.
        signals: Measures of each frame's picture.
        pictures: Frames resized to the encoder's input, uint8, (T, H, W, 3), or None.
    """

    features: Tensor
    saliency: Tensor
    keys: Tensor | None
    text: Tensor | None
    signals: tuple[ImageSignals, ...]
    pictures: npt.NDArray[np.uint8] | None


def check_room(frames: int, facts: EncoderFacts, *, why: str, limit: int | None = None) -> None:
    """Check that the tokens of so many frames may be held.

    Args:
        frames: Frames to hold.
        facts: Of the encoder.
        why: What needs them all, for the message.
        limit: Bytes; None for 1 GiB.

    Raises:
        PlanError: They do not fit.
    """
    limit = HELD_BYTES if limit is None else limit
    fit = max(1, limit // (facts.num_patches * facts.dim * 4))
    if frames > fit:
        raise PlanError(
            f"{why} needs the tokens of all {frames} frames in memory and {fit} of them fit into "
            f"{limit / 2**30:.3g} GiB; use --max-frames {fit}, a lower --fps, or --start and --end"
        )


class Holder:
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
            fit = next(known for known in FITS if known == self._facts.fit)
            pictures = fitted(batch.rgb, self._facts.input_size, fit=fit)
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

    def held(self) -> Held:
        """Return what was kept."""

        def joined(parts: list[Tensor | None]) -> Tensor | None:
            there = [part for part in parts if part is not None]
            return torch.cat(there) if len(there) == len(parts) else None

        return Held(
            features=torch.cat([tokens.features for tokens in self._tokens]),
            saliency=torch.cat([tokens.saliency for tokens in self._tokens]),
            keys=joined([tokens.keys for tokens in self._tokens]),
            text=joined([tokens.text_features for tokens in self._tokens]),
            signals=tuple(self._signals),
            pictures=np.concatenate(self._pictures) if self._pictures else None,
        )


def merged_frames(
    held: Held, blank: Tensor, temporal: Method, *, threshold: float, statistic: str, every: int
) -> Iterator[OpenFrames]:
    """Yield the merged frames that a temporal method makes of the frames, in order.

    Args:
        held: All frames.
        blank: Blank response of the encoder, (P, D).
        temporal: A temporal method that decides frame by frame.
        threshold: Similarity above which a frame joins.
        statistic: Over the cosines of co-located patches.
        every: For `uniform`: frames that one kept frame stands for.
    """
    group: OpenFrames | None = None
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
            group = OpenFrames(ordinal, held.signals[ordinal])
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
