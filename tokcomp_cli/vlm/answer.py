"""Greedy answers with a cache, and what a model thinks of a given answer."""

import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tokcomp_cli.vlm.base import DropPlan, LlmInput, Vlm
from tokcomp_cli.vlm.layer_dropping import dropping


@dataclass(frozen=True, slots=True)
class Answer:
    """A greedy answer.

    Attributes:
        tokens: Without the token that ends it, where it came to an end.
        cached: Tokens in each layer's cache after the prompt.
        cached_at_end: The same after the last token.
        cache_bytes: Of all layers' keys and values after the prompt.
        prefill_ms: Time for the prompt.
        decode_ms: Time for all tokens after the first.
        steps: Tokens that were decoded in that time.
    """

    tokens: tuple[int, ...]
    cached: tuple[int, ...]
    cached_at_end: tuple[int, ...]
    cache_bytes: int
    prefill_ms: float
    decode_ms: float
    steps: int


@torch.inference_mode()
def answer(vlm: Vlm, entered: LlmInput, plan: DropPlan, max_new_tokens: int) -> Answer:
    """Return the greedy answer to one prompt; ties go to the earlier token of the vocabulary.

    Args:
        vlm: The model.
        entered: The prompt.
        plan: Visual tokens that enter each layer.
        max_new_tokens: At least 1.
    """
    from transformers import DynamicCache

    cache, ends = DynamicCache(), _ends(vlm)
    start = _now(vlm)
    logits = _prefilled(vlm, entered, plan, cache)
    token = int(logits.argmax())
    prefill_ms = _now(vlm) - start
    cached, size = _lengths(cache), sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    tokens, steps = [token], 0
    position = int(entered.positions.max()) + 1
    start = _now(vlm)
    while tokens[-1] not in ends and len(tokens) < max_new_tokens:
        tokens.append(_decoded(vlm, tokens[-1], position + steps, entered.positions.shape[0], cache))
        steps += 1
    decode_ms = _now(vlm) - start
    if tokens[-1] in ends:
        tokens.pop()
    return Answer(tuple(tokens), cached, _lengths(cache), size, prefill_ms, decode_ms, steps)


@torch.inference_mode()
def answer_logits(vlm: Vlm, entered: LlmInput, plan: DropPlan, tokens: tuple[int, ...]) -> Tensor:
    """Return the logits that precede each token of a given answer and the one after it, (n + 1, vocabulary).

    One pass without a cache; the answer sees what it would see while decoding.

    Args:
        vlm: The model.
        entered: The prompt.
        plan: Visual tokens that enter each layer.
        tokens: The answer, n tokens.
    """
    ids = torch.tensor(tokens, dtype=torch.int64, device=vlm.device)
    embeds = torch.cat([entered.embeds, vlm.model.get_input_embeddings()(ids)])
    after = int(entered.positions.max()) + 1 + torch.arange(len(tokens))
    positions = torch.cat([entered.positions, after.expand(entered.positions.shape[0], -1)], dim=1)
    visual = torch.cat([entered.visual, torch.zeros(len(tokens), dtype=torch.bool)])
    with dropping(vlm.decoder, plan, visual.to(vlm.device), len(entered) - 1):
        hidden = _passed(vlm, embeds, positions, None)
    logits: Tensor = vlm.model.lm_head(hidden[-len(tokens) - 1 :])
    return logits.float()


def _prefilled(vlm: Vlm, entered: LlmInput, plan: DropPlan, cache: Any) -> Tensor:
    """Return the logits after a prompt, (vocabulary,), and fill the cache."""
    with dropping(vlm.decoder, plan, entered.visual.to(vlm.device), len(entered) - 1):
        hidden = _passed(vlm, entered.embeds, entered.positions, cache)
    logits: Tensor = vlm.model.lm_head(hidden[-1])
    return logits


def _decoded(vlm: Vlm, token: int, position: int, axes: int, cache: Any) -> int:
    """Return the token after one more, which goes into the cache."""
    embeds = vlm.model.get_input_embeddings()(torch.tensor([token], device=vlm.device))
    hidden = _passed(vlm, embeds, torch.full((axes, 1), position), cache)
    return int(vlm.model.lm_head(hidden[-1]).argmax())


def _passed(vlm: Vlm, embeds: Tensor, positions: Tensor, cache: Any) -> Tensor:
    """Return what leaves the decoder, (M, D): fewer than came in where layers dropped some."""
    where = positions.to(vlm.device)
    found = vlm.decoder(
        inputs_embeds=embeds[None],
        position_ids=where if len(where) == 1 else where[:, None],
        cache=cache,
        use_cache=cache is not None,
    )
    hidden: Tensor = found.last_hidden_state[0]
    return hidden


def _ends(vlm: Vlm) -> frozenset[int]:
    """Return the tokens that end an answer."""
    stated = getattr(vlm.model.generation_config, "eos_token_id", None)
    if stated is None:
        stated = vlm.processor.tokenizer.eos_token_id
    return frozenset([] if stated is None else [stated] if isinstance(stated, int) else stated)


def _lengths(cache: Any) -> tuple[int, ...]:
    return tuple(int(layer.get_seq_length()) for layer in cache.layers)


def _now(vlm: Vlm) -> float:
    """Return milliseconds on a clock, once the device has done what it was given."""
    if vlm.device.type == "cuda":
        torch.cuda.synchronize(vlm.device)
    return time.perf_counter() * 1000
