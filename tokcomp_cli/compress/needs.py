"""What methods need of an encoder or the user, checked in one place."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.lazy import Tensor
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.errors import PlanError

LACKS = {
    "saliency": "saliency, and this encoder gives none; ward, tome and divprune need only tokens",
    "keys": "attention keys, and this encoder gives none; ward, tome and divprune need only tokens",
    "text": "the relevance of each token to a query; give `query` and an encoder with a text tower, "
    "or choose divprune, which spreads without a query",
}


def check_needs(method: Method, tokens: TokenSet) -> None:
    """Check that tokens carry what a method needs.

    Args:
        method: Any method.
        tokens: What it would be given.

    Raises:
        PlanError: The first thing that is missing, and what to choose instead.
    """
    given = {
        "saliency": tokens.saliency,
        "keys": tokens.keys,
        "text": tokens.relevance,
    }
    for need, values in given.items():
        if need in method.needs:
            _given(values, need, method.name)


def saliency_of(tokens: TokenSet, method: str) -> Tensor:
    """Return the tokens' saliency, (N,).

    Raises:
        PlanError: There is none.
    """
    return _given(tokens.saliency, "saliency", method)


def keys_of(tokens: TokenSet, method: str) -> Tensor:
    """Return the tokens' attention keys, (N, K).

    Raises:
        PlanError: There are none.
    """
    return _given(tokens.keys, "keys", method)


def relevance_of(tokens: TokenSet, method: str) -> Tensor:
    """Return the tokens' relevance to the query, (N,).

    Raises:
        PlanError: There is none.
    """
    return _given(tokens.relevance, "text", method)


def _given(values: Tensor | None, need: str, method: str) -> Tensor:
    if values is None:
        raise PlanError(f"method {method} needs {LACKS[need]}")
    return values
