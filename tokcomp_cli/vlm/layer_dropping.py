"""Drop visual tokens inside the decoder, layer by layer, while the prompt passes through."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from tokcomp_cli.errors import ModelError, PlanError
from tokcomp_cli.vlm.base import DropPlan

KNOWN_DECODERS = ("llama", "mistral", "qwen2", "qwen3", "qwen2_5_vl_text")
"""Whose attention is read right: full or sliding in all layers, heads turned by halves, names as in Llama."""


def check_droppable(config: Any) -> None:
    """Check that attention can be read in all layers of a decoder.

    Args:
        config: Of the language model.

    Raises:
        ModelError: It cannot.
    """
    if config.model_type not in KNOWN_DECODERS:
        raise ModelError(
            f"the model's decoder ({config.model_type}) is not one whose attention ask can read; "
            f"known: {', '.join(KNOWN_DECODERS)}; choose another model"
        )


@dataclass(slots=True)
class _Passing:
    """Where the tokens that are left stand among those that came in.

    Attributes:
        kept: Their places, rising, int64, (M,).
        scores: Attention read for the next drop, one a token that is left, (M,), or None.
    """

    kept: Tensor
    scores: Tensor | None = field(default=None)


@contextmanager
def dropping(decoder: Any, plan: DropPlan, visual: Tensor, last: int) -> Iterator[None]:
    """Drop visual tokens while one sequence passes through the decoder inside.

    At a layer whose count is below that of the layer before, the visual tokens with the most attention from
    the last token of the prompt stay; ties go to the earlier token. Text is never dropped; order and rotary
    positions stay, and so does the causal mask, which needs only the order: the fast attention kernels keep
    working. Each layer's key-value cache holds what entered that layer. Decoding needs none of this, since
    a new token attends to whatever its layer's cache holds.

    Args:
        decoder: The stack of layers.
        plan: Visual tokens that enter each layer.
        visual: Which tokens of the sequence are visual, bool, (L,).
        last: The last token of the prompt; answer tokens may follow it.

    Raises:
        PlanError: More than one sequence passes.

    Reference: PyramidDrop (arXiv 2410.17247) reads attention before the layer that drops, FastV (arXiv
        2403.06764) in the layer before. Deviation: attention is read from q and k of the one row that counts,
        so that no layer has to give up its fast kernel.
    """
    state = _Passing(torch.arange(len(visual), device=visual.device))
    reads = {at - plan.look_back for at in drop_layers(plan, int(visual.sum()))}

    def before(layer: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        hidden = args[0]
        if hidden.shape[0] != 1:
            raise PlanError(f"layers drop tokens of one sequence at a time; got {hidden.shape[0]}")
        number = layer.self_attn.layer_idx
        rotary = _taken(settings["position_embeddings"], state.kept)
        row = int((state.kept == last).nonzero())
        if number in reads and plan.look_back == 0:
            state.scores = attention_of(layer, hidden, rotary, row)
        seen = visual[state.kept]
        if plan.tokens[number] < int(seen.sum()):
            if state.scores is None:
                raise ModelError(
                    f"no attention was read before layer {number} drops tokens; please report this"
                )
            stay = _stay(state.scores, seen, plan.tokens[number])
            hidden, state.kept, state.scores = hidden[:, stay], state.kept[stay], None
            rotary = (rotary[0][:, stay], rotary[1][:, stay])
            row = int((state.kept == last).nonzero())
        if number in reads and plan.look_back:
            state.scores = attention_of(layer, hidden, rotary, row)
        return (hidden, *args[1:]), {**settings, **_fitted(settings, rotary, state.kept)}

    hooks = [layer.register_forward_pre_hook(before, with_kwargs=True) for layer in decoder.layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def drop_layers(plan: DropPlan, tokens: int) -> list[int]:
    """Return the layers at whose entry tokens are dropped.

    Args:
        plan: Visual tokens that enter each layer.
        tokens: Visual tokens that come in.
    """
    came = (tokens, *plan.tokens[:-1])
    return [number for number, (was, now) in enumerate(zip(came, plan.tokens, strict=True)) if now < was]


def attention_of(layer: Any, hidden: Tensor, rotary: tuple[Tensor, Tensor], row: int) -> Tensor:
    """Return what one token attends to in a layer, mean over heads, (L,); 0 for those after it.

    Args:
        layer: A decoder layer.
        hidden: What enters it, (1, L, D).
        rotary: Cosine and sine of the positions, each (1, L, head dim).
        row: The token.
    """
    attention = layer.self_attn
    normed = layer.input_layernorm(hidden)[0, : row + 1]
    cos, sin = (part[0, : row + 1, None] for part in rotary)
    query = _heads(attention, "q", normed[row:])
    query = _rotated(query, cos[row:], sin[row:])[0]
    key = _rotated(_heads(attention, "k", normed), cos, sin)
    key = key.repeat_interleave(query.shape[0] // key.shape[1], dim=1)
    logits = torch.einsum("hd,lhd->hl", query, key).float() * attention.scaling
    found = torch.zeros(hidden.shape[1], device=hidden.device)
    found[: row + 1] = logits.softmax(1).mean(0)
    return found


def _heads(attention: Any, which: str, rows: Tensor) -> Tensor:
    """Return queries or keys, (L, heads, head dim), normalised where the model does so."""
    heads = getattr(attention, f"{which}_proj")(rows).unflatten(-1, (-1, attention.head_dim))
    norm = getattr(attention, f"{which}_norm", None)
    found: Tensor = heads if norm is None else norm(heads)
    return found


def _rotated(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Return heads turned by their rotary positions, (L, heads, head dim)."""
    first, second = heads.chunk(2, dim=-1)
    return heads * cos + torch.cat([-second, first], dim=-1) * sin


def _stay(scores: Tensor, visual: Tensor, count: int) -> Tensor:
    """Return the places of all text and of the `count` visual tokens with the highest scores, rising."""
    seen = visual.nonzero().squeeze(1)
    best = seen[scores[seen].argsort(descending=True, stable=True)[:count]]
    stay = ~visual
    stay[best] = True
    return stay.nonzero().squeeze(1)


def _taken(rotary: tuple[Tensor, Tensor], kept: Tensor) -> tuple[Tensor, Tensor]:
    return rotary[0][:, kept], rotary[1][:, kept]


def _fitted(settings: Mapping[str, Any], rotary: tuple[Tensor, Tensor], kept: Tensor) -> dict[str, Any]:
    """Return the arguments of a layer that go along the sequence, cut to the tokens that are left."""
    fitted: dict[str, Any] = {"position_embeddings": rotary}
    positions, mask = settings.get("position_ids"), settings.get("attention_mask")
    if positions is not None:
        fitted["position_ids"] = positions[..., kept]
    if mask is not None:
        fitted["attention_mask"] = mask[..., kept, :][..., kept]
    return fitted
