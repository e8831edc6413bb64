"""Token vectors as merged frames hold them: in 32, 16 or 8 bits, or as means of vectors held elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tokcomp_cli.core.origin import follow, merge_mean

TOP_EXPONENT = 15
EXACT_BYTES, HALF_BYTES = 16 * 2**20, 128 * 2**20
MOST_BYTE = 127
INTEGERS = (torch.int8, torch.int16, torch.int32)


def smallest(numbers: Tensor) -> Tensor:
    """Return the same whole numbers in the smallest signed integers that hold them, int8 to int64."""
    if not numbers.numel():
        return numbers.to(torch.int8)
    least, most = (int(one) for one in numbers.aminmax())
    for dtype in INTEGERS:
        if torch.iinfo(dtype).min <= least and most <= torch.iinfo(dtype).max:
            return numbers.to(dtype)
    return numbers


@dataclass(frozen=True, slots=True)
class Vectors:
    """K vectors; float32 ones are made at each use.

    Those of a merged frame that is cut further are means of what the whole one holds: a cut costs little.

    Attributes:
        rows: What they are made of, float32, float16 or int8, (R, D); others may hold the same tensor.
        exponent: Of the power of two that `rows` are to be multiplied with. Whatever the encoder's scale,
            half precision then has its 11 bits down to a hundred-millionth of the largest value.
        weights: Weight of each row in a mean, whole numbers, (R,).
        owner: The vector that each row is averaged into, or -1, the smallest integers, (R,); None where
            the rows are the vectors.
        count: K.
        steps: What each row of int8 is to be multiplied with instead, float32, (R, 1); None for others.
    """

    rows: Tensor
    exponent: int
    weights: Tensor
    owner: Tensor | None
    count: int
    steps: Tensor | None = None

    def make(self) -> Tensor:
        """Return the vectors, float32, (K, D)."""
        rows = self._single()
        if self.owner is None:
            return rows
        return merge_mean(rows, self.weights.long(), self.owner.long(), self.count)[0]

    def in_bytes(self) -> Vectors:
        """Return the same in int8: 127 steps up to the largest value of each row.

        Of the embedded encoder's content that loses 0.00005 of the square, and 0.0002 to 0.0004 of explained
        while no token is merged; what is averaged loses less.
        """
        rows = self._single()
        steps = rows.abs().amax(1, keepdim=True).clamp(min=torch.finfo(torch.float32).tiny) / MOST_BYTE
        return replace(self, rows=(rows / steps).round_().to(torch.int8), exponent=0, steps=steps)

    def _single(self) -> Tensor:
        rows = self.rows.float()
        if self.steps is not None:
            return rows.mul_(self.steps)
        return rows * 2.0**self.exponent if self.exponent else rows

    def sum(self, times: Tensor) -> Tensor:
        """Return the sum of the vectors, each so many times, float64, (D,).

        Args:
            times: Whole numbers, (K,).
        """
        if self.owner is None:
            weights = times.double()
        else:
            owner, weights = self.owner.long(), self.weights.double()
            kept = owner >= 0
            weights = torch.where(kept, weights, 0.0)
            held = torch.zeros(self.count, dtype=torch.float64).index_add_(0, owner.clamp(min=0), weights)
            weights = weights * (times / held)[owner.clamp(min=0)]
        return weights @ self._single().double()

    def merged(self, owner: Tensor, count: int) -> Vectors:
        """Return the weighted means of what new vectors own of these.

        Args:
            owner: New vector of each, or -1, int64, (K,).
            count: New vectors.
        """
        composed = owner if self.owner is None else follow(self.owner.long(), owner)
        return replace(self, owner=smallest(composed), count=count)


def very_many(vectors: int, dim: int) -> bool:
    """Return whether so many vectors of `dim` channels are so much that further ones are kept in int8.

    The first 128 MiB, counted in single precision, stay in 32 or 16 bits: 445 frames of the embedded encoder.
    """
    return vectors * dim * 4 > HALF_BYTES


def many(vectors: int, dim: int) -> bool:
    """Return whether so many vectors of `dim` channels are so much that further ones are halved.

    The first 16 MiB stay in single precision: a photo and a short clip keep every bit.
    """
    return vectors * dim * 4 > EXACT_BYTES


def held(vectors: Tensor, sizes: Tensor, *, half: bool) -> Vectors:
    """Return vectors as they are kept.

    Args:
        vectors: Finite, (K, D).
        sizes: Patches that each stands for, (K,).
        half: Whether in half precision.
    """
    if not half:
        return Vectors(vectors, 0, smallest(sizes), None, len(vectors))
    largest = float(vectors.abs().max()) if vectors.numel() else 0.0
    exponent = math.frexp(largest)[1] - TOP_EXPONENT if largest else 0
    scaled = (vectors * 2.0**-exponent).half()
    return Vectors(scaled, exponent, smallest(sizes), None, len(vectors))


def shared(vectors: Tensor, owner: Tensor, count: int) -> Vectors:
    """Return means of vectors that others hold, such as the blank response; nothing is copied.

    Args:
        vectors: Float32, (R, D).
        owner: The mean that each goes into, or -1, int64, (R,).
        count: Means.
    """
    ones = torch.ones((), dtype=torch.int8).expand(len(vectors))
    return Vectors(vectors, 0, ones, smallest(owner), count)
