"""The effective rank of many rows, by the smaller of their Gram matrices."""

from collections.abc import Iterable
from itertools import chain, islice

import torch
from torch import Tensor

from tokcomp_cli.core.stats import effective_rank, gram_rank
from tokcomp_cli.measure.reservoir import Reservoir

GRAM_BLOCKS, GRAM_STRIPS = 16, 4


def content_rank(reservoir: Reservoir) -> float:
    """Return the effective rank of the content of all frames in the reservoir."""
    frames = reservoir.frames
    return stacked_rank((frame.content for frame in frames), sum(len(frame.content) for frame in frames))


def stacked_rank(blocks: Iterable[Tensor], count: int) -> float:
    """Return the effective rank of stacked rows, by the smaller of their Gram matrices.

    Args:
        blocks: Of shape (_, D); a few of them are held at a time.
        count: Rows in all.
    """
    first, *rest = islice(blocks := iter(blocks), 1)
    if count < first.shape[1]:
        return effective_rank(torch.cat([first, *rest, *blocks]))
    return gram_rank(sum_of_grams(chain([first], blocks)))


def sum_of_grams(blocks: Iterable[Tensor]) -> Tensor:
    """Return the Gram matrix of the stacked rows, float64, (D, D), a few blocks at a time."""
    blocks, gram = iter(blocks), torch.zeros((), dtype=torch.float64)
    while few := list(islice(blocks, GRAM_BLOCKS)):
        gram = gram + _gram(torch.cat(few)).double()
    return gram


def _gram(rows: Tensor) -> Tensor:
    """Return the Gram matrix of rows, (N, D), as (D, D); what is left of the diagonal is copied."""
    dim = rows.shape[1]
    gram, step = rows.new_empty(dim, dim), -(-dim // GRAM_STRIPS)
    for at in range(0, dim, step):
        strip = rows[:, at : at + step].T @ rows[:, at:]
        gram[at : at + step, at:] = strip
        gram[at:, at : at + step] = strip.T
    return gram
