"""Sums over many frames in double precision, most of which is added up in single."""

import torch
from torch import Tensor

FEW = 16
"""Addends between which single precision rounds no more than an addend is rounded already."""


class LongSum:
    """A sum of tensors in double precision.

    A few of them are added up in single precision first: adding 300 KB of floats to 600 KB of doubles takes
    four times as long, and an encoded frame has to cost a small part of what encoding it does.
    """

    def __init__(self, value: Tensor | None = None) -> None:
        """Start with a value, float64, or with none."""
        self._value = value
        self._recent: Tensor | None = None
        self._waiting = 0

    def add(self, values: Tensor, times: int) -> None:
        """Add values, float32, so many times."""
        self._room(values.shape).add_(values, alpha=times)

    def add_products(self, rows: Tensor, times: int) -> None:
        """Add the products of all pairs of rows, float32, (N, D), so many times: (N, N)."""
        self._room(torch.Size((len(rows), len(rows)))).addmm_(rows, rows.T, alpha=times)

    def _room(self, shape: torch.Size) -> Tensor:
        if self._waiting == FEW:
            self._flush()
        self._waiting += 1
        if self._recent is None:
            self._recent = torch.zeros(shape)
        return self._recent

    def _flush(self) -> None:
        if self._recent is not None and self._waiting:
            if self._value is None:
                self._value = self._recent.double()
            else:
                self._value += self._recent
            self._recent.zero_()
            self._waiting = 0

    @property
    def value(self) -> Tensor:
        """Return the sum so far, float64; empty where nothing was added."""
        self._flush()
        return torch.empty(0, dtype=torch.float64) if self._value is None else self._value
