"""Frames' tokens one below the other: filled as frames come, many of them in half precision."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from tokcomp_cli.reduce.vectors import TOP_EXPONENT


@dataclass(frozen=True, slots=True)
class HalfFrames:
    """Patch tokens of T frames in half precision; float32 ones are made at each use.

    Attributes:
        rows: What encoded frames have beyond the blank response, each divided by a power of two, float16,
            (E, P, D).
        exponents: Of these powers, (E,).
        blank: Blank response, (P, D).
        row_of: Row of each frame; frames that look the same share one, int64, (T,).
    """

    rows: Tensor
    exponents: tuple[int, ...]
    blank: Tensor
    row_of: Tensor

    def __len__(self) -> int:
        return len(self.row_of)

    def __getitem__(self, ordinal: int) -> Tensor:
        """Return the tokens of one frame, float32, (P, D)."""
        row = int(self.row_of[ordinal])
        return (self.rows[row].float() * 2.0 ** self.exponents[row]).add_(self.blank)

    @property
    def shape(self) -> torch.Size:
        """Return T, P and D."""
        return torch.Size((len(self), *self.rows.shape[1:]))

    def make(self) -> Tensor:
        """Return the tokens of all frames, float32, (T, P, D)."""
        every = torch.empty(self.shape)
        for ordinal in range(len(self)):
            every[ordinal] = self[ordinal]
        return every


class FrameRows:
    """Takes frames' tokens as they come; room for those that are expected is there from the start.

    Nothing is copied in the end, and memory is taken only as rows are filled.
    """

    def __init__(self, expected: int, blank: Tensor, *, half: bool) -> None:
        """Start without a frame.

        Args:
            expected: Frames that will come, about.
            blank: Blank response of the encoder, (P, D).
            half: Whether they are kept in half precision.
        """
        self._blank, self._half, self._count = blank, half, 0
        self._rows = self._made(expected)
        self._exponents: list[int] = []

    def add(self, features: Tensor) -> None:
        """Take the tokens of the next frames, (T, P, D)."""
        end = self._count + len(features)
        if end > len(self._rows):
            more = self._made(max(end, 2 * self._count))
            more[: self._count] = self._rows[: self._count]
            self._rows = more
        for row, tokens in enumerate(features, start=self._count):
            self._rows[row] = self._halved(tokens - self._blank) if self._half else tokens
        self._count = end

    def frames(self, row_of: Tensor) -> Tensor | HalfFrames:
        """Return the tokens of frames, each in the row named, int64, (T,)."""
        rows = self._rows[: self._count]
        if self._half:
            return HalfFrames(rows, tuple(self._exponents), self._blank, row_of)
        return rows if len(row_of) == len(rows) else rows[row_of]

    def _made(self, count: int) -> Tensor:
        dtype = torch.float16 if self._half else torch.float32
        return torch.empty((count, *self._blank.shape), dtype=dtype)

    def _halved(self, content: Tensor) -> Tensor:
        largest = float(content.abs().max())
        exponent = math.frexp(largest)[1] - TOP_EXPONENT if largest else 0
        self._exponents.append(exponent)
        return content * 2.0**-exponent
