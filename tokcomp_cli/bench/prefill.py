"""How long a prompt takes a decoder of a well-known shape, against its visual tokens."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from tokcomp_cli.asking.layer_schedule import drop_plan
from tokcomp_cli.bench.methods import threads_of
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.core.setting import shown
from tokcomp_cli.plan.layers import NOTHING_DROPPED, Keep
from tokcomp_cli.vlm.base import DropPlan
from tokcomp_cli.vlm.decoder_shapes import DecoderShape, build_decoder
from tokcomp_cli.vlm.layer_dropping import dropping

SHARES = (1.0, 0.5, 0.25, 0.125)
TEXT_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Prefill:
    """The time of one prompt.

    Attributes:
        visual_tokens: At the decoder's input.
        last_layer: In its last layer.
        layer_keep: How tokens thin out inside.
        ms: Median over rounds.
        cpu_ms: Median of the work of all threads.
        faster: Median over rounds of the whole prompt's work, in the same round, over this one's.
    """

    visual_tokens: int
    last_layer: int
    layer_keep: str
    ms: float
    cpu_ms: float
    faster: float


def bench_prefill(
    shape: DecoderShape,
    *,
    layers: int,
    rounds: int,
    threads: int,
    visual_tokens: int,
    keep: Keep = NOTHING_DROPPED,
    progress: Callable[[int, int], None] | None = None,
) -> list[Prefill]:
    """Return the time of prompts with all visual tokens and with shares of them, rounds interleaved.

    A decoder with random weights does the same work as one with trained ones. Embedding and logits are left
    out. Ratios are of CPU time, which other work on the machine disturbs less than the clock on the wall.

    Args:
        shape: Of the decoder.
        layers: How many to build.
        rounds: At least one; one more before the first is not counted.
        threads: Of torch.
        visual_tokens: All of them.
        keep: How tokens thin out inside the decoder; a second set of prompts where it drops any.
        progress: Called with rounds done and rounds to do.
    """
    decoder = build_decoder(shape, layers)
    prompts = [
        (half_up(share * visual_tokens), how)
        for how in dict.fromkeys((NOTHING_DROPPED, keep))
        for share in SHARES
    ]
    spent: list[list[tuple[float, float]]] = [[] for _ in prompts]
    with threads_of(threads):
        for round_ in range(rounds + 1):
            for (tokens, how), times in zip(prompts, spent, strict=True):
                took = _once(decoder, shape, tokens, drop_plan(how, tokens, layers))
                if round_:
                    times.append(took)
            if progress is not None:
                progress(round_ + 1, rounds + 1)
    return [
        _prefill(tokens, how, layers, times, spent[0])
        for (tokens, how), times in zip(prompts, spent, strict=True)
    ]


def _once(decoder: nn.Module, shape: DecoderShape, tokens: int, plan: DropPlan) -> tuple[float, float]:
    """Return milliseconds on the wall and of all threads for one prompt."""
    from transformers import DynamicCache

    length = tokens + TEXT_TOKENS
    generator = torch.Generator().manual_seed(0)
    embeds = torch.randn(1, length, shape.sizes["hidden_size"], generator=generator)
    visual = torch.zeros(length, dtype=torch.bool)
    visual[TEXT_TOKENS // 2 : TEXT_TOKENS // 2 + tokens] = True
    positions = torch.arange(length)[None]
    if shape.axes > 1:
        positions = positions.expand(shape.axes, 1, -1)
    start, work = time.perf_counter(), time.process_time()
    with torch.inference_mode(), dropping(decoder, plan, visual, length - 1):
        decoder(inputs_embeds=embeds, position_ids=positions, cache=DynamicCache(), use_cache=True)
    return (time.perf_counter() - start) * 1000, (time.process_time() - work) * 1000


def _prefill(
    tokens: int,
    how: Keep,
    layers: int,
    times: Sequence[tuple[float, float]],
    whole: Sequence[tuple[float, float]],
) -> Prefill:
    return Prefill(
        visual_tokens=tokens,
        last_layer=drop_plan(how, tokens, layers).tokens[-1],
        layer_keep=str(shown(how)),
        ms=statistics.median(wall for wall, _ in times),
        cpu_ms=statistics.median(work for _, work in times),
        faster=statistics.median(all_[1] / own[1] for all_, own in zip(whole, times, strict=True)),
    )
