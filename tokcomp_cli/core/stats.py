"""Spread of a matrix and of a distribution; the statistics of a set of cosines."""

from __future__ import annotations

import math

from tokcomp_cli.core.lazy import Tensor, torch

STATISTICS = ("mean", "p10", "min")
"""How frames are compared: over all patches, or by the 10th percentile or least of the patches' own
similarities, which a small moving object lowers."""


def effective_rank(rows: Tensor) -> float:
    """Return exp(entropy of the normalised singular values) of a matrix, (N, D); 1 for a zero matrix.

    Reference: Roy and Vetterli 2007, EUSIPCO.
    """
    wide = rows.double()
    return gram_rank(wide @ wide.T if wide.shape[0] < wide.shape[1] else wide.T @ wide)


def spread(gram: Tensor) -> tuple[float, float]:
    """Return the effective rank of a matrix, given its rows' products, (N, N), and that of these products.

    The first is exp(entropy) of the normalised singular values, the second of their squares; 1 and 1 for a
    zero matrix.
    """
    values = torch.linalg.eigvalsh(gram).clamp(min=0)
    return perplexity(values.sqrt()), perplexity(values)


def centred(gram: Tensor) -> Tensor:
    """Return the products of rows whose mean is taken out, given those of the rows, float64, (N, N)."""
    mean = gram.mean(0)
    return gram - mean - mean[:, None] + mean.mean()


def gram_rank(gram: Tensor) -> float:
    """Return the effective rank of the matrix whose Gram matrix this is, float64, (D, D)."""
    return perplexity(torch.linalg.eigvalsh(gram).clamp(min=0).sqrt())


def perplexity(weights: Tensor) -> float:
    """Return exp(entropy) of non-negative weights (N,) as shares of their sum; 1 where all are zero."""
    total = weights.sum()
    if total == 0:
        return 1.0
    return float(torch.special.entr(weights / total).sum().exp())


def normalised_entropy(weights: Tensor) -> float:
    """Return the entropy of non-negative weights (N,) divided by log N, in [0, 1]; 1 for one or all zero."""
    total = weights.double().sum()
    if len(weights) < 2 or total == 0:
        return 1.0
    return float(torch.special.entr(weights.double() / total).sum()) / math.log(len(weights))
