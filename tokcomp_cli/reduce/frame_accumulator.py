"""Frames come one at a time; merged frames go out."""

import torch
from torch import Tensor
from torch.linalg import vector_norm

from tokcomp_cli.compress.base import Decision, OpenGroup
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.reduce.long_sum import LongSum


class FrameAccumulator:
    """The merged frame that is still open: sums from which every owned patch's error is exact.

    Attributes:
        first: Its first frame among the sampled ones.
        frames: Frames so far.
        owned: Frames that its tokens own.
        similarities: Similarity at which each frame but the first joined; frames that were added several
            times have one.
        square: Sum of squared content norms over owned frames, float64, (P,).
        saliency: Sum over owned frames, float64, (P,).
        saliency_seen: Sum over all frames, float64, (P,).
        keys: Sum over owned frames, float64, (P, K), or None.
        text: Sum of the text features over owned frames, float64, (P, E), or None. Where the merged frame is
            settled, the sums are in float32, and of that of raw tokens there is the mean.
        previous: Content of the last frame, (P, D).
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
        self.square = self.previous = self.saliency = self.saliency_seen = torch.empty(0)
        self.keys: Tensor | None = None
        self.text: Tensor | None = None
        self.blended: Tensor | None = None
        self._mean: Tensor | None = None
        self._total, self._gram, self._running = LongSum(), LongSum(), torch.empty(0)

    @property
    def reference(self) -> OpenGroup:
        """Return what the next frame is compared with; its mean is that of the content so far, in float32."""
        return OpenGroup(self._running, self.previous, self.frames)

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
            self._gram.add_products(content, times)
        self.previous = content
        self.saliency_seen = _added(self.saliency_seen, saliency, times)
        if decision is not None:
            self.similarities.append(decision.similarity)
            if not decision.owned:
                return
            if decision.weight is not None:
                before = self._total.value / self.owned if self.blended is None else self.blended.double()
                weight = 1 - (1 - decision.weight) ** times
                self.blended = torch.lerp(before, features.double(), weight).float()
        self.owned += times
        self._total.add(features, times)
        first = self.owned == times
        self._running = content.clone() if first else self._running.lerp_(content, times / self.owned)
        self.square = _added(self.square, vector_norm(content, dim=1).double().square(), times)
        self.saliency = _added(self.saliency, saliency, times)
        self.keys = None if keys is None else _added(self.keys, keys, times)
        self.text = None if text is None else _added(self.text, text, times)

    def begin(self, *, total: Tensor, gram: Tensor) -> None:
        """Begin with what others have summed up: raw tokens, float64, (P, D), and `gram`."""
        self._total, self._gram = LongSum(total), LongSum(gram)

    def settle(self) -> "FrameAccumulator":
        """Return itself, closed, with what is still asked of it in single precision: for lists of many."""
        self._mean = self.mean
        self._total, self._gram = LongSum(), LongSum(self.gram)
        self._running = self.previous = torch.empty(0)
        self.keys = None if self.keys is None else self.keys.float()
        self.text = None if self.text is None else self.text.float()
        return self

    @property
    def mean(self) -> Tensor:
        """Return the mean of the owned frames, float32, (P, D)."""
        return (self._total.value / self.owned).float() if self._mean is None else self._mean

    @property
    def sum(self) -> Tensor:
        """Return the sum of raw tokens over owned frames, float64, (P, D)."""
        return self._total.value if self._mean is None else self._mean.double() * self.owned

    @property
    def gram(self) -> Tensor:
        """Return the sum over all frames of content times its transpose, float64, (P, P).

        The spatial stage's loss for any partition follows from it.
        """
        return self._gram.value

    @property
    def merged(self) -> Tensor:
        """Return the merged frame's tokens, float32, (P, D)."""
        return self.mean if self.blended is None else self.blended


def _added(total: Tensor | None, values: Tensor, times: int) -> Tensor:
    """Return a sum with values added so many times, float64; in place where the sum has begun."""
    if total is None or not total.numel():
        return values.double() * times
    return total.add_(values, alpha=times)
