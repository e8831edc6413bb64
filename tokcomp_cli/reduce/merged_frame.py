"""Frames come one at a time; merged frames go out."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.compress.base import Decision, OpenGroup
from tokcomp_cli.compress.ward import Dendrogram
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.difficulty.signals import ImageSignals


@dataclass(frozen=True, slots=True)
class Part:
    """A run of frames that share one partition of the grid.

    Attributes:
        first, last: Its frames among the sampled ones, both included.
        owned_frames: How many of them the tokens own: all, or only the first where the others were dropped.
        owner: Token of each grid position, or -1, int64, (P,).
    """

    first: int
    last: int
    owned_frames: int
    owner: Tensor

    @property
    def frames(self) -> int:
        """Return the sampled frames in it."""
        return self.last - self.first + 1

    def owner_of(self, ordinal: int) -> Tensor:
        """Return the token of each patch of one frame, or -1, int64, (P,)."""
        owned = ordinal - self.first < self.owned_frames
        return self.owner if owned else torch.full_like(self.owner, -1)


@dataclass(frozen=True, slots=True)
class MergedFrame:
    """A closed merged frame.

    Attributes:
        parts: Its frames; one part, or several where merged frames were joined to fit a budget.
        tokens: L tokens in raster order; `sizes` count patches of all owned frames.
        mean: Mean content of the patches that each token owns, float32, (L, D).
        within: Sum of squared distances of those patches to `mean`, float64, (L,).
        tree: Ward dendrogram of the tokens.
        spatial_loss: What the spatial stage alone loses in owned patches, at L, L - 1, ... tokens;
            one entry where the method has no dendrogram.
        spatial_saliency: Saliency that the spatial stage keeps, summed over all frames.
        similarities: Similarity at which each frame but the first joined.
        signals: Measures of its first frame's picture and of its mean grid.
        whole_video: Whether it is a whole video of which a method chose tokens: every part is then a merged
            frame of its own, whose patches may be owned by tokens of other parts.
        merge_losses: What each merge of `tree` loses, where its heights do not say so exactly; else None.
    """

    parts: tuple[Part, ...]
    tokens: TokenSet
    mean: Tensor
    within: Tensor
    tree: Dendrogram
    spatial_loss: npt.NDArray[np.float64]
    spatial_saliency: float
    similarities: tuple[float, ...]
    signals: ImageSignals
    whole_video: bool = False
    merge_losses: npt.NDArray[np.float64] | None = None

    @property
    def first(self) -> int:
        """Return its first frame among the sampled ones."""
        return self.parts[0].first

    @property
    def last(self) -> int:
        """Return its last frame among the sampled ones."""
        return self.parts[-1].last

    @property
    def frames(self) -> int:
        """Return the sampled frames in it."""
        return self.last - self.first + 1

    @property
    def lost(self) -> float:
        """Return the squared distance between its owned patches and the tokens that stand for them."""
        apart = (self.mean.double() - self.tokens.content.double()).square().sum(1)
        return float((self.within + self.tokens.sizes * apart).sum())


def part_at(group: MergedFrame, ordinal: int) -> int:
    """Return the index of the part of a merged frame that a sampled frame is in."""
    return bisect_right([part.first for part in group.parts], ordinal) - 1


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
