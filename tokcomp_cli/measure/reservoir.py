"""A seeded reservoir of whole frames, for what cannot be told from sums."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.linalg import vector_norm

from tokcomp_cli.core.origin import first_owned, gather_sum
from tokcomp_cli.fidelity.metrics import patch_weights

CAPACITY_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class SampledFrame:
    """One frame of the reservoir.

    Attributes:
        ordinal: Its place among the sampled frames.
        content: Its content, (P, D).
        counts: What each patch counts: its share of the frame's saliency, of mean 1, (P,).
        weight: Frames that it speaks for.
        stood: Content of the frame whose tokens it took, (P, D); None for a frame that has its own.
    """

    ordinal: int
    content: Tensor
    counts: Tensor
    weight: float = 1.0
    stood: Tensor | None = None

    @property
    def given(self) -> Tensor:
        """Return the content that the stages got in its place, (P, D)."""
        return self.content if self.stood is None else self.stood

    def sum(self, of_patches: Tensor) -> float:
        """Return the sum of a figure of its patches, (P,), as often as they count, over all it speaks for."""
        return self.weight * float(of_patches.double() @ self.counts.double())


class Reservoir:
    """Uniform sample of the frames encoded so far; all of them while they fit into 64 MiB.

    Whole frames rather than single patches, because the worst frame, the 5th percentile and the spatial
    stage, whose tokens differ from frame to frame, need a frame's patches together. Of the skipped frames
    that were checked there is a sample of its own, a quarter as large; a frame of it speaks for many.

    Attributes:
        skipped: Frames that took another one's tokens.
    """

    def __init__(self, *, seed: int, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._encoded = _Sample(seed, capacity_bytes)
        self._checked = _Sample(seed, capacity_bytes // 4)
        self.skipped = 0
        self._sorted: tuple[tuple[int, int, int], list[SampledFrame]] = (0, 0, 0), []
        self._known: tuple[list[SampledFrame], Tensor, list[float]] | None = None

    def add(self, ordinal: int, content: Tensor, saliency: Tensor) -> None:
        """Offer an encoded frame; content (P, D), saliency (P,)."""
        self._encoded.offer(SampledFrame(ordinal, content, patch_weights(saliency)))

    def check(self, ordinal: int, content: Tensor, saliency: Tensor, stood: Tensor) -> None:
        """Offer a checked frame; as above, and the content of the frame whose tokens it took, (P, D)."""
        self._checked.offer(SampledFrame(ordinal, content, patch_weights(saliency), stood=stood))

    @property
    def frames(self) -> list[SampledFrame]:
        """Return the kept frames in order of time; the same list until another one is offered."""
        state = self._encoded.seen, self._checked.seen, self.skipped
        if self._sorted[0] != state:
            encoded = self._encoded.kept
            if self.skipped:
                each = self._encoded.seen / len(encoded)
                encoded = [replace(frame, weight=each) for frame in encoded] + self.checked
            self._sorted = state, sorted(encoded, key=lambda frame: frame.ordinal)
        return self._sorted[1]

    @property
    def centre(self) -> Tensor:
        """Return the mean content, patches as often as they count, (D,)."""
        return self._about()[1]

    @property
    def energies(self) -> list[float]:
        """Return the energy of each kept frame around the mean content, in order of time."""
        return self._about()[2]

    @property
    def energy(self) -> float:
        """Return the energy of all frames."""
        return sum(frame.weight * one for frame, one in zip(self.frames, self.energies, strict=True))

    @property
    def patches(self) -> float:
        """Return the patches of all frames."""
        return sum(frame.weight * len(frame.counts) for frame in self.frames)

    def _about(self) -> tuple[list[SampledFrame], Tensor, list[float]]:
        """Return frames, mean content and energies, computed once."""
        known, frames = self._known, self.frames
        if known is None or known[0] is not frames:
            total = sum(frame.weight * (frame.counts @ frame.content).double() for frame in frames)
            centre = (total / self.patches).float()  # type: ignore[union-attr]  # there is a frame
            energies = [
                float(vector_norm(frame.content - centre, dim=1).double().square() @ frame.counts.double())
                for frame in frames
            ]
            self._known = known = frames, centre, energies
        return known

    @property
    def checked(self) -> list[SampledFrame]:
        """Return the kept frames that were skipped and checked, in no order."""
        each = self.skipped / max(1, len(self._checked.kept))
        return [replace(frame, weight=each) for frame in self._checked.kept]

    @property
    def sampled(self) -> int | None:
        """Return how many frames were kept, or None when that is all of them."""
        kept = len(self._encoded.kept) + len(self._checked.kept)
        return None if kept == self._encoded.seen + self.skipped else kept


class _Sample:
    """A uniform sample of what is offered.

    Reference: Vitter 1985, ACM TOMS 11:37 (algorithm R).
    """

    def __init__(self, seed: int, capacity_bytes: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._capacity_bytes = capacity_bytes
        self.kept: list[SampledFrame] = []
        self.seen = 0

    def offer(self, frame: SampledFrame) -> None:
        content = frame.content
        capacity = max(1, self._capacity_bytes // (content.numel() * content.element_size()))
        self.seen += 1
        if len(self.kept) < capacity:
            self.kept.append(_own(frame))
            return
        place = int(torch.randint(self.seen, (), generator=self._generator))
        if place < capacity:
            self.kept[place] = _own(frame)


def _own(frame: SampledFrame) -> SampledFrame:
    """Return the frame with tensors of its own, not rows of a batch that would stay in memory with them."""
    stood = None if frame.stood is None else frame.stood.clone()
    return replace(frame, content=frame.content.clone(), counts=frame.counts.clone(), stood=stood)


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

    def add(
        self, features: Tensor, content: Tensor, saliency: Tensor, times: Sequence[int] | None = None
    ) -> None:
        """Add frames, each so many times, or once.

        Args:
            features: Tokens, (T, P, D), or of one frame (P, D).
            content: Their content, of the same shape.
            saliency: (T, P) or (P,).
            times: One number a frame, or None.
        """
        patches, dim = content.shape[-2:]
        content, features = content.reshape(-1, patches, dim), features.reshape(-1, patches, dim)
        weights = torch.tensor([1] * len(content) if times is None else times, dtype=torch.float64)
        squares = vector_norm(content, dim=2).double().square().sum(1)
        self.patches += patches * int(weights.sum())
        self.square += float(squares @ weights)
        self.content += weights @ content.sum(1).double()
        self.features += weights @ features.sum(1).double()
        self.saliency += float(saliency.reshape(-1, patches).double().sum(1) @ weights)

    def corrected(self, checked: Sequence[SampledFrame]) -> "Totals":
        """Return the sums with what checked frames tell about all skipped ones, which count as others so far.

        Args:
            checked: Frames that took another one's tokens.
        """
        other = copy(self)
        for frame in checked:
            apart = frame.weight * (frame.content.double() - frame.given.double()).sum(0)
            other.content, other.features = other.content + apart, other.features + apart
            squares = frame.content.double().square().sum() - frame.given.double().square().sum()
            other.square += frame.weight * float(squares)
        return other

    @property
    def energy(self) -> float:
        """Return the sum of squared distances to the mean content."""
        return max(0.0, self.square - float(self.content.square().sum()) / self.patches)


def frame_tokens(content: Tensor, owner: Tensor, num_tokens: int, *, merges: bool) -> Tensor:
    """Return the tokens that one frame has after the spatial stage, (K, D).

    Args:
        content: Content of its patches, (P, D).
        owner: Token of each patch, or -1, int64, (P,).
        num_tokens: K.
        merges: Whether a token is the mean of what it owns; else it is its earliest patch.
    """
    if not merges:
        return content[first_owned(owner, num_tokens)]
    counts = torch.bincount(owner[owner >= 0], minlength=num_tokens)
    return gather_sum(content, owner, num_tokens) / counts[:, None]
