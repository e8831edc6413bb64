"""Arithmetic on a decoder's config: work for a prompt and size of its cache. Estimates, not measurements."""

from collections.abc import Sequence
from typing import Any


def prefill_flops(config: Any, tokens: Sequence[int]) -> int:
    """Return multiplications and additions of a decoder for a prompt: projections, attention, last logits.

    Norms, rotary positions and softmax are left out; attention is counted over the causal half.

    Args:
        config: Of the language model.
        tokens: All tokens that enter each layer.
    """
    hidden, heads, groups, width = _sizes(config)
    weights = hidden * width * (2 * heads + 2 * groups) + 3 * hidden * config.intermediate_size
    layers = sum(2 * count * weights + 2 * count * count * heads * width for count in tokens)
    return int(layers + 2 * hidden * config.vocab_size)


def kv_bytes(config: Any, tokens: Sequence[int], itemsize: int) -> int:
    """Return the bytes of all keys and values.

    Args:
        config: Of the language model.
        tokens: All tokens that enter each layer.
        itemsize: Bytes of a number.
    """
    _, _, groups, width = _sizes(config)
    return 2 * groups * width * itemsize * sum(tokens)


def _sizes(config: Any) -> tuple[int, int, int, int]:
    """Return hidden size, heads, heads of keys and values, and the width of a head."""
    heads = int(config.num_attention_heads)
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    return int(config.hidden_size), heads, int(config.num_key_value_heads or heads), int(width)
