"""A seeded reservoir of whole frames, for what cannot be told from sums."""

from dataclasses import dataclass

import torch
from torch import Tensor

from tokcomp_cli.core.origin import gather_sum

CAPACITY_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class SampledFrame:
    """One frame of the reservoir: its place among the sampled frames and its content, (P, D)."""

    ordinal: int
    content: Tensor


class Reservoir:
    """Uniform sample of the frames seen so far; all of them while they fit into 64 MiB.

    Whole frames rather than single patches, because the worst frame, the 5th percentile and the spatial
    stage, whose tokens differ from frame to frame, need a frame's patches together.

    Reference: Vitter 1985, ACM TOMS 11:37 (algorithm R).
    """

    def __init__(self, *, seed: int, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._capacity_bytes = capacity_bytes
        self._kept: list[SampledFrame] = []
        self.seen = 0

    def add(self, ordinal: int, content: Tensor) -> None:
        """Offer a frame; content (P, D)."""
        capacity = max(1, self._capacity_bytes // (content.numel() * content.element_size()))
        self.seen += 1
        if len(self._kept) < capacity:
            self._kept.append(SampledFrame(ordinal, content))
            return
        place = int(torch.randint(self.seen, (), generator=self._generator))
        if place < capacity:
            self._kept[place] = SampledFrame(ordinal, content)

    @property
    def frames(self) -> list[SampledFrame]:
        """Return the kept frames in order of time."""
        return sorted(self._kept, key=lambda frame: frame.ordinal)

    @property
    def sampled(self) -> int | None:
        """Return how many frames were kept, or None when that is all of them."""
        return None if len(self._kept) == self.seen else len(self._kept)


class Totals:
    """Exact running sums over every patch of every frame.

    Attributes:
        patches: Number of patches.
        square: Sum of squared content norms, float64.
        content: Sum of content, float64, (D,).
        features: Sum of raw tokens, float64, (D,).
        saliency: Sum of saliency, float64.
    """

    def __init__(self, dim: int) -> None:
        self.patches = 0
        self.square = 0.0
        self.content = torch.zeros(dim, dtype=torch.float64)
        self.features = torch.zeros(dim, dtype=torch.float64)
        self.saliency = 0.0

    def add(self, features: Tensor, content: Tensor, saliency: Tensor) -> None:
        """Add one frame: tokens and content (P, D), saliency (P,)."""
        self.patches += len(features)
        self.square += float(content.double().square().sum())
        self.content += content.double().sum(0)
        self.features += features.double().sum(0)
        self.saliency += float(saliency.double().sum())

    @property
    def energy(self) -> float:
        """Return the sum of squared distances to the mean content."""
        return max(0.0, self.square - float(self.content.square().sum()) / self.patches)


def frame_tokens(content: Tensor, owner: Tensor, num_tokens: int, first: Tensor, *, merges: bool) -> Tensor:
    """Return the tokens that one frame has after the spatial stage, (K, D).

    Args:
        content: Content of its patches, (P, D).
        owner: Token of each patch, or -1, int64, (P,).
        num_tokens: K.
        first: Earliest patch of each token, int64, (K,).
        merges: Whether a token is the mean of what it owns; else it is its earliest patch.
    """
    if not merges:
        return content[first]
    counts = torch.bincount(owner[owner >= 0], minlength=num_tokens)
    return gather_sum(content, owner, num_tokens) / counts[:, None]
