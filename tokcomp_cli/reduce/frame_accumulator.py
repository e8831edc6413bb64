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
        similarities: Similarity at which each frame but the first joined; frames that were added several
            times have one.
        total: Sum of raw tokens over owned frames, float64, (P, D).
        square: Sum of squared content norms over owned frames, float64, (P,).
        gram: Sum over all frames of content times its transpose, float64, (P, P): the spatial stage's
            loss for any partition follows from it.
        saliency: Sum over owned frames, float64, (P,).
        saliency_seen: Sum over all frames, float64, (P,).
        keys: Sum over owned frames, float64, (P, K), or None.
        text: Sum of the text features over owned frames, float64, (P, E), or None. Where the merged frame is
            settled, the sums are in float32, and of `total` there is the mean.
        previous: Content of the last frame, (P, D).
        product: That times its transpose, (P, P).
        blended: Merged tokens where they are not the mean, (P, D), or None.
    """

    def __init__(self, ordinal: int, signals: ImageSignals, *, products: bool = True) -> None:
        """Start without a frame.

        Args:
            ordinal: Of its first frame among the sampled ones.
            signals: Measures of that frame's picture.
            products: Whether `gram` is kept, which takes most of the time; not where merged frames are only
                counted.
        """
        self.first = ordinal
        self.signals = signals
        self._products = products
        self.frames = self.owned = 0
        self.similarities: list[float] = []
        self.total = self.square = self.gram = self.previous = self.product = torch.empty(0)
        self.saliency = self.saliency_seen = torch.empty(0)
        self.keys: Tensor | None = None
        self.text: Tensor | None = None
        self.blended: Tensor | None = None
        self._mean: Tensor | None = None

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
            times: Frames that have these tokens and join in this way, one after the other.
        """
        self.frames += times
        if self._products:
            if content is not self.previous:  # What looks like the last frame comes with the same tensor.
                self.product = content @ content.T
            self.gram = _added(self.gram, self.product, times)
        self.previous = content
        self.saliency_seen = _added(self.saliency_seen, saliency, times)
        if decision is not None:
            self.similarities.append(decision.similarity)
            if not decision.owned:
                return
            if decision.weight is not None:
                before = self.total / self.owned if self.blended is None else self.blended.double()
                weight = 1 - (1 - decision.weight) ** times
                self.blended = torch.lerp(before, features.double(), weight).float()
        self.owned += times
        self.total = _added(self.total, features, times)
        self.square = _added(self.square, content.square().sum(1, dtype=torch.float64), times)
        self.saliency = _added(self.saliency, saliency, times)
        self.keys = None if keys is None else _added(self.keys, keys, times)
        self.text = None if text is None else _added(self.text, text, times)

    def settle(self) -> "FrameAccumulator":
        """Return itself, closed, with what is still asked of it in single precision: for lists of many."""
        self._mean = self.mean
        self.total = self.previous = self.product = torch.empty(0)
        self.keys = None if self.keys is None else self.keys.float()
        self.text = None if self.text is None else self.text.float()
        return self

    @property
    def mean(self) -> Tensor:
        """Return the mean of the owned frames, float32, (P, D)."""
        return (self.total / self.owned).float() if self._mean is None else self._mean

    @property
    def sum(self) -> Tensor:
        """Return the sum of raw tokens over owned frames, float64, (P, D)."""
        return self.total if self._mean is None else self._mean.double() * self.owned

    @property
    def merged(self) -> Tensor:
        """Return the merged frame's tokens, float32, (P, D)."""
        return self.mean if self.blended is None else self.blended


def _added(total: Tensor | None, values: Tensor, times: int) -> Tensor:
    """Return a sum with values added so many times, float64; in place where the sum has begun.

    Nothing is converted first: an encoded frame has to cost a small part of what encoding it does.
    """
    if total is None or not total.numel():
        return values.double().mul_(times) if values.dtype != torch.float64 else values * times
    return total.add_(values, alpha=times)
