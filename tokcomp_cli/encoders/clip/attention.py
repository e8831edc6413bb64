"""One row of an attention: how much one query looks at each patch, and the keys it looks at.

A block returns what it mixed, not the weights it mixed with, and the weights of all queries would cost as
much again as the attention. One row costs a thousandth of it: the query of one token, the keys of all.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def row(query: Tensor, keys: Tensor, scale: float | Tensor, *, prefix: int) -> tuple[Tensor, Tensor]:
    """Return the attention of one query to each patch, (T, P), mean over heads, and the keys, (T, P, K).

    The softmax is over all tokens, class token and registers included; what falls to them is left out
    afterwards and nothing is rescaled.

    Args:
        query: Of one token, (T or 1, heads, 1, d).
        keys: Of all tokens, (T, heads, N, d).
        scale: Factor on the products.
        prefix: Class and register tokens before the patches.
    """
    weights = (query @ keys.transpose(-1, -2) * scale).float().softmax(-1)
    return weights[:, :, 0, prefix:].mean(1), keys.transpose(1, 2).flatten(2)[:, prefix:].float()


def self_attention(
    attention: nn.Module, tokens: Tensor, *, prefix: int, rope: Tensor | None = None
) -> tuple[Tensor | None, Tensor] | None:
    """Return class attention (T, P) and keys (T, P, K) of a block, or None where its form is not known.

    Without a class token (`prefix` 0) the attention is None.

    Args:
        attention: The block's attention module.
        tokens: What the module was given, (T, N, D).
        prefix: Class and register tokens before the patches.
        rope: Rotary position embedding of the patches, as the module was given it.
    """
    projected = _project(attention, tokens)
    if projected is None:
        return None
    query, keys, scale = projected
    if rope is not None:
        from timm.layers.pos_embed_sincos import apply_rot_embed_cat

        half = bool(getattr(attention, "rotate_half", False))
        turned = apply_rot_embed_cat(keys[:, :, prefix:], rope, half=half)
        keys = torch.cat([keys[:, :, :prefix], turned], 2).type_as(query)
    groups = query.shape[1] // keys.shape[1]
    if groups > 1:
        keys = keys.repeat_interleave(groups, dim=1)
    weights, kept = row(query, keys, scale, prefix=prefix)
    return (weights if prefix else None), kept


def is_known(attention: object) -> bool:
    """Return whether an attention module has a form whose row can be read."""
    if isinstance(attention, nn.MultiheadAttention):
        return attention.in_proj_weight is not None
    return type(attention).__name__ in READERS


def _project(attention: nn.Module, tokens: Tensor) -> tuple[Tensor, Tensor, float | Tensor] | None:
    """Return the first token's query (T, heads, 1, d), all keys (T, heads, N, d) and the scale."""
    if not is_known(attention):
        return None
    if isinstance(attention, nn.MultiheadAttention):
        width = attention.embed_dim
        weight, bias = attention.in_proj_weight, attention.in_proj_bias
        pair = _two(tokens, (weight[:width], weight[width : 2 * width]), _halves(bias, width))
        return *_heads(*pair, attention.num_heads), float(attention.head_dim) ** -0.5
    return READERS[type(attention).__name__](attention, tokens)


def _fused(attention: Any, tokens: Tensor) -> tuple[Tensor, Tensor, float | Tensor]:
    """Read timm's `Attention` and `AttentionRope`, and open_clip's own `Attention`."""
    if hasattr(attention, "in_proj_weight"):
        return _open_clip(attention, tokens)
    if attention.qkv is None:
        query, keys = attention.q_proj(tokens[:, :1]), attention.k_proj(tokens)
    else:
        width = attention.attn_dim
        weight = attention.qkv.weight
        pair = (weight[:width], weight[width : 2 * width])
        query, keys = _two(tokens, pair, _halves(attention.qkv.bias, width))
    return *_normed(attention, query, keys), attention.scale


def _eva(attention: Any, tokens: Tensor) -> tuple[Tensor, Tensor, float | Tensor]:
    """Read timm's `EvaAttention`, whose keys have no bias."""
    if attention.qkv is None:
        query, keys = attention.q_proj(tokens[:, :1]), attention.k_proj(tokens)
    else:
        width = attention.head_dim * attention.num_heads
        weight = attention.qkv.weight
        pair = (weight[:width], weight[width : 2 * width])
        query, keys = _two(tokens, pair, (attention.q_bias, attention.k_bias))
    return *_normed(attention, query, keys), attention.scale


def _open_clip(attention: Any, tokens: Tensor) -> tuple[Tensor, Tensor, float | Tensor]:
    """Read open_clip's `Attention`: optional norms of queries and keys, or scaled cosines."""
    width = tokens.shape[-1]
    weight = attention.in_proj_weight
    pair = _two(tokens, (weight[:width], weight[width : 2 * width]), _halves(attention.in_proj_bias, width))
    query, keys = _heads(*pair, attention.num_heads)
    if attention.logit_scale is not None:
        scale = attention.logit_scale.clamp(max=attention.logit_scale_max).exp()
        return F.normalize(query, dim=-1), F.normalize(keys, dim=-1), scale
    return attention.ln_q(query), attention.ln_k(keys), attention.scale


def latent_pool(pool: Any, keys: Tensor, *, prefix: int) -> tuple[Tensor, Tensor]:
    """Return the attention of timm's pooling query to each patch, (T, P), and the pool's keys, (T, P, K).

    Args:
        pool: An `AttentionPoolLatent`.
        keys: The first half of what its `kv` returned, (T, N, D).
        prefix: Class and register tokens before the patches.
    """
    query, keys = _heads(pool.q(pool.latent[:, :1]), keys, pool.num_heads)
    return row(pool.q_norm(query), pool.k_norm(keys), pool.scale, prefix=prefix)


def query_pool(pool: Any, tokens: Tensor, *, prefix: int) -> tuple[Tensor, Tensor]:
    """Return the attention of open_clip's first pooling query to each patch, (T, P), and the pool's keys.

    Args:
        pool: An `AttentionalPooler`.
        tokens: What it was given, (T, N, D).
        prefix: Class tokens before the patches.
    """
    attention, width = pool.attn, pool.attn.embed_dim
    if attention.in_proj_weight is None:
        weights = (attention.q_proj_weight, attention.k_proj_weight)
    else:
        weights = (attention.in_proj_weight[:width], attention.in_proj_weight[width : 2 * width])
    biases = _halves(attention.in_proj_bias, width)
    query = F.linear(pool.ln_q(pool.query[None, :1]), weights[0], biases[0])
    keys = F.linear(pool.ln_k(tokens), weights[1], biases[1])
    query, keys = _heads(query, keys, attention.num_heads)
    return row(query, keys, float(attention.head_dim) ** -0.5, prefix=prefix)


def _two(
    tokens: Tensor, weights: tuple[Tensor, Tensor], biases: tuple[Tensor | None, Tensor | None]
) -> tuple[Tensor, Tensor]:
    """Return the first token's query (T, 1, K) and all keys (T, N, K)."""
    return F.linear(tokens[:, :1], weights[0], biases[0]), F.linear(tokens, weights[1], biases[1])


def _halves(bias: Tensor | None, width: int) -> tuple[Tensor | None, Tensor | None]:
    return (None, None) if bias is None else (bias[:width], bias[width : 2 * width])


def _heads(query: Tensor, keys: Tensor, heads: int) -> tuple[Tensor, Tensor]:
    return _split(query, heads), _split(keys, heads)


def _normed(attention: Any, query: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
    key_heads = getattr(attention, "num_kv_heads", attention.num_heads)
    return attention.q_norm(_split(query, attention.num_heads)), attention.k_norm(_split(keys, key_heads))


def _split(rows: Tensor, heads: int) -> Tensor:
    """Return rows (T, N, K) by head, (T, heads, N, d)."""
    return rows.reshape(*rows.shape[:2], heads, -1).transpose(1, 2)


READERS = {"Attention": _fused, "EvaAttention": _eva, "AttentionRope": _fused}
