"""A merged frame's tokens as they are kept: read like a `TokenSet`, whose vectors are made at each use."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tokcomp_cli.core.origin import first_owned, gather_sum, merge_mean
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.reduce.vectors import Vectors, held, smallest


@dataclass(frozen=True, slots=True)
class HeldTokens:
    """The tokens of a merged frame, their counts in the smallest integers.

    Whoever reads a vector twice keeps it meanwhile. Attention keys are not kept: only spatial methods ask
    for them, before a merged frame is closed.

    Attributes:
        vectors: Features minus the blank response where they are in 16 or 8 bits, which then cost no more
            than their own part; else the features.
        blanks: Mean blank response at each token's patches.
        counts: Original patches that each token stands for, the smallest integers, (L,).
        places: Frame, row and column of each token's earliest patch, the smallest integers, (L, 3).
        saliency: As in `TokenSet`.
        relevance: As in `TokenSet`.
    """

    vectors: Vectors
    blanks: Vectors
    counts: Tensor
    places: Tensor
    saliency: Tensor | None
    relevance: Tensor | None

    def __len__(self) -> int:
        return self.vectors.count

    @property
    def half(self) -> bool:
        """Return whether the vectors are in half precision or less."""
        return self.vectors.rows.dtype != torch.float32

    @property
    def content(self) -> Tensor:
        """Return features minus the blank response, float32, (L, D)."""
        return self.vectors.make() if self.half else self.vectors.make() - self.blank

    @property
    def blank(self) -> Tensor:
        """Return the mean blank response at each token's patches, float32, (L, D)."""
        return self.blanks.make()

    @property
    def features(self) -> Tensor:
        """Return the token vectors, float32, (L, D)."""
        return self.vectors.make() + self.blank if self.half else self.vectors.make()

    @property
    def sum(self) -> Tensor:
        """Return the sum of the token vectors, each as often as it has patches, float64, (D,)."""
        total = self.vectors.sum(self.counts)
        return total + self.blanks.sum(self.counts) if self.half else total

    @property
    def sizes(self) -> Tensor:
        """Return the original patches that each token stands for, int64, (L,)."""
        return self.counts.long()

    @property
    def position(self) -> Tensor:
        """Return frame, row and column of each token's earliest patch, int64, (L, 3)."""
        return self.places.long()

    @property
    def token_set(self) -> TokenSet:
        """Return the same tokens with their vectors."""
        vectors, blank = self.vectors.make(), self.blank
        return TokenSet(
            features=vectors + blank if self.half else vectors,
            sizes=self.sizes,
            position=self.position,
            saliency=self.saliency,
            blank=blank,
            relevance=self.relevance,
        )

    def in_bytes(self) -> HeldTokens:
        """Return the same tokens, those in half precision in int8."""
        return replace(self, vectors=self.vectors.in_bytes()) if self.half else self

    def merged(self, owner: Tensor, count: int) -> HeldTokens:
        """Return the tokens after one more step that makes means; as `carry`, without making a vector.

        Args:
            owner: Kept token of each, or -1, int64, (L,).
            count: Kept tokens.
        """
        return HeldTokens(
            vectors=self.vectors.merged(owner, count),
            blanks=self.blanks.merged(owner, count),
            counts=smallest(gather_sum(self.sizes, owner, count)),
            places=self.places[first_owned(owner, count)],
            saliency=None if self.saliency is None else gather_sum(self.saliency, owner, count),
            relevance=None
            if self.relevance is None
            else merge_mean(self.relevance[:, None], self.sizes, owner, count)[0][:, 0],
        )


def hold(tokens: TokenSet, blanks: Vectors | None = None, *, half: bool) -> HeldTokens:
    """Return tokens as they are kept.

    Args:
        tokens: With their blank response.
        blanks: The same blank response, where others hold what it is made of.
        half: Whether vectors are kept in half precision.
    """
    if blanks is None:
        blank = tokens.features.new_zeros(tokens.features.shape) if tokens.blank is None else tokens.blank
        blanks = held(blank, tokens.sizes, half=half)
    return HeldTokens(
        vectors=held(tokens.content if half else tokens.features, tokens.sizes, half=half),
        blanks=blanks,
        counts=smallest(tokens.sizes),
        places=smallest(tokens.position),
        saliency=tokens.saliency,
        relevance=tokens.relevance,
    )
