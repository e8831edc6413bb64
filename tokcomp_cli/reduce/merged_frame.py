"""A merged frame that is closed, and the runs of frames in it."""

from bisect import bisect_right
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.compress.dendrogram import Dendrogram
from tokcomp_cli.core.origin import follow
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.reduce.held_tokens import HeldTokens
from tokcomp_cli.reduce.vectors import Vectors, held, smallest

SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Part:
    """A run of frames that share one partition of the grid.

    Attributes:
        first, last: Its frames among the sampled ones, both included.
        owned_frames: How many of them the tokens own: all, or only the first where the others were dropped.
        owners: Token of each grid position, or -1, the smallest integers that hold them, (P,).
    """

    first: int
    last: int
    owned_frames: int
    owners: Tensor

    @property
    def owner(self) -> Tensor:
        """Return the token of each grid position, or -1, int64, (P,)."""
        return self.owners.long()

    @property
    def frames(self) -> int:
        """Return the sampled frames in it."""
        return self.last - self.first + 1

    def owner_of(self, ordinal: int) -> Tensor:
        """Return the token of each patch of one frame, or -1, int64, (P,)."""
        owned = ordinal - self.first < self.owned_frames
        return self.owner if owned else torch.full_like(self.owner, -1)

    def owned_by(self, owner: Tensor) -> "Part":
        """Return the same frames with other tokens of their grid positions, or -1, int64, (P,)."""
        return replace(self, owners=smallest(owner))

    def followed(self, owner: Tensor) -> "Part":
        """Return the part after one more step: kept token of each token, or -1, int64, (L,)."""
        return self.owned_by(follow(self.owner, owner))

    def shifted(self, tokens: int) -> "Part":
        """Return the part behind so many tokens of others."""
        return self.owned_by(torch.where(self.owner >= 0, self.owner + tokens, -1))


@dataclass(frozen=True, slots=True)
class MergedFrame:
    """A closed merged frame: for 196 tokens of 384 channels 165 KB in half precision, 90 KB in int8.

    One that is cut from it costs a few KB: its vectors are made from the whole one's.

    Attributes:
        parts: Its frames; one part, or several where merged frames were joined to fit a budget.
        tokens: L tokens in raster order; `sizes` count patches of all owned frames.
        means: Mean content of the patches that each token owns; None where that is the tokens' content.
        within: Sum of squared distances of those patches to their mean, float64, (L,).
        tree: Ward dendrogram of the tokens.
        spatial_loss: What the spatial stage alone loses in owned patches, at L, L - 1, ... tokens;
            one entry where the method has no dendrogram; NaN where no later stage asks for it.
        spatial_saliency: Saliency that the spatial stage keeps, summed over all frames.
        similarities: Similarity at which each frame but the first joined; none of frames that were not
            encoded.
        signals: Measures of its first frame's picture and of its mean grid.
        whole_video: Whether it is a whole video of which a method chose tokens: every part is then a merged
            frame of its own, whose patches may be owned by tokens of other parts.
    """

    parts: tuple[Part, ...]
    tokens: HeldTokens
    means: Vectors | None
    within: Tensor
    tree: Dendrogram
    spatial_loss: npt.NDArray[np.float64]
    spatial_saliency: float
    similarities: tuple[float, ...]
    signals: ImageSignals
    whole_video: bool = False

    def in_bytes(self) -> "MergedFrame":
        """Return the same merged frame, vectors in half precision in int8."""
        if not self.tokens.half:
            return self
        means = None if self.means is None else self.means.in_bytes()
        return replace(self, tokens=self.tokens.in_bytes(), means=means)

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
    def mean(self) -> Tensor:
        """Return the mean content of the patches that each token owns, float32, (L, D)."""
        return self.tokens.content if self.means is None else self.means.make()

    @property
    def lost(self) -> float:
        """Return the squared distance between its owned patches and the tokens that stand for them."""
        if self.means is None:
            return float(self.within.sum())
        apart = (self.mean.double() - self.tokens.content.double()).square().sum(1)
        return float((self.within + self.tokens.sizes * apart).sum())


def means_of(mean: Tensor, content: Tensor, sizes: Tensor, *, half: bool) -> Vectors | None:
    """Return the mean content as it is kept: None where only rounding tells it from the content.

    Args:
        mean: Mean content of the patches that each token owns, (L, D).
        content: Content of the tokens, (L, D).
        sizes: Patches that each owns, (L,).
        half: Whether in half precision.
    """
    apart = float((mean - content).abs().max()) if len(mean) else 0.0
    largest = float(content.abs().max()) if len(mean) else 0.0
    return None if apart <= SAME * largest else held(mean, sizes, half=half)


def part_at(group: MergedFrame, ordinal: int) -> int:
    """Return the index of the part of a merged frame that a sampled frame is in."""
    return bisect_right([part.first for part in group.parts], ordinal) - 1
