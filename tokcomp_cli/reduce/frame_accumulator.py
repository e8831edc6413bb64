"""Frames come one at a time; merged frames go out."""

import torch
from torch import Tensor

from tokcomp_cli.compress.base import Decision, OpenGroup
from tokcomp_cli.difficulty.signals import ImageSignals


class FrameAccumulator:
    """The merged frame that is still open: sums from which every owned patch's error is exact.

    Attributes:
        first: Its first frame among the sampled ones.
        frames: Frames so far.
        owned: Frames that its tokens own.
        similarities: Similarity at which each frame but the first joined.
        total: Sum of raw tokens over owned frames, float64, (P, D).
        square: Sum of squared content norms over owned frames, float64, (P,).
        gram: Sum over all frames of content times its transpose, float64, (P, P): the spatial stage's
            loss for any partition follows from it.
        saliency: Sum over owned frames, float64, (P,).
        saliency_seen: Sum over all frames, float64, (P,).
        keys: Sum over owned frames, float64, (P, K), or None.
        text: Sum of the text features over owned frames, float64, (P, E), or None.
        previous: Content of the last frame, (P, D).
        blended: Merged tokens where they are not the mean, (P, D), or None.
    """

    def __init__(self, ordinal: int, signals: ImageSignals) -> None:
        self.first = ordinal
        self.signals = signals
        self.frames = self.owned = 0
        self.similarities: list[float] = []
        self.total = self.square = self.gram = self.previous = torch.zeros(())
        self.saliency = self.saliency_seen = torch.zeros(())
        self.keys: Tensor | None = None
        self.text: Tensor | None = None
        self.blended: Tensor | None = None

    def reference(self, blank: Tensor) -> OpenGroup:
        """Return what the next frame is compared with.

        Args:
            blank: Blank response of the encoder, (P, D).
        """
        return OpenGroup(self.mean - blank, self.previous, self.frames)

    def add(
        self,
        features: Tensor,
        content: Tensor,
        saliency: Tensor,
        keys: Tensor | None,
        decision: Decision | None,
        *,
        text: Tensor | None = None,
        times: int = 1,
    ) -> None:
        """Add a frame, so many times.

        Args:
            features: Raw patch tokens, (P, D).
            content: The same minus the blank response, (P, D).
            saliency: Saliency of the patches, (P,).
            keys: Attention keys, (P, K), or None where no method asks for them.
            decision: How the frame joins, or None for the first.
            text: Text features of the patches, (P, E), or None where no method asks for them.
            times: Frames that have these tokens; a decision that blends them takes one.
        """
        self.frames += times
        self.previous = content
        self.gram = self.gram + times * (content @ content.T).double()
        self.saliency_seen = self.saliency_seen + times * saliency.double()
        if decision is not None:
            self.similarities.append(decision.similarity)
            if not decision.owned:
                return
            if decision.weight is not None:
                before = self.total / self.owned if self.blended is None else self.blended.double()
                self.blended = torch.lerp(before, features.double(), decision.weight).float()
        self.owned += times
        self.total = self.total + times * features.double()
        self.square = self.square + times * content.double().square().sum(1)
        self.saliency = self.saliency + times * saliency.double()
        if keys is not None:
            self.keys = times * keys.double() + (0 if self.keys is None else self.keys)
        if text is not None:
            self.text = times * text.double() + (0 if self.text is None else self.text)

    @property
    def mean(self) -> Tensor:
        """Return the mean of the owned frames, float32, (P, D)."""
        return (self.total / self.owned).float()

    @property
    def merged(self) -> Tensor:
        """Return the merged frame's tokens, float32, (P, D)."""
        return self.mean if self.blended is None else self.blended
