"""How far two models are apart, from their logits along one answer."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tokcomp_cli.core.results.ask import Divergence


def divergence(full: Tensor, compressed: Tensor, tokens: Sequence[int]) -> Divergence:
    """Return how far the compressed model is from the full one along the full one's answer.

    Args:
        full: Logits before each token of the full answer and after the last, (n + 1, vocabulary).
        compressed: The same of the compressed model, given the same answer.
        tokens: The full answer, n tokens.
    """
    reference, other = (logits.double().cpu().log_softmax(1) for logits in (full, compressed))
    apart = (reference.exp() * (reference - other)).sum(1).clamp(min=0)
    told = len(tokens)
    if not told:
        first = float(apart[0])
        return Divergence(first, first, None, None, None)
    place, chosen = torch.arange(told), torch.tensor(tokens)
    return Divergence(
        logit_kl=float(apart[0]),
        answer_kl=float(apart[:told].mean()),
        log_likelihood_full=float(reference[place, chosen].mean()),
        log_likelihood=float(other[place, chosen].mean()),
        agreement=float((other[:told].argmax(1) == chosen).double().mean()),
    )


def same_first(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two answers begin with alike."""
    alike = (a == b for a, b in zip(one, other, strict=False))
    return next((count for count, same in enumerate(alike) if not same), min(len(one), len(other)))
