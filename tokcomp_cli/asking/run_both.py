"""Ask a model both ways, in turns, and take the medians of the times."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from tokcomp_cli.asking.compress_visual import CompressedVisual, compress_visual
from tokcomp_cli.asking.layer_schedule import drop_plan
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.results.ask import Side
from tokcomp_cli.core.timing import Clock, Progress, unwatched
from tokcomp_cli.plan.layers import NOTHING_DROPPED, Keep
from tokcomp_cli.vlm.answer import Answer, answer
from tokcomp_cli.vlm.base import DropPlan, LlmInput, Prompt, Vlm
from tokcomp_cli.vlm.cost_estimate import kv_bytes, prefill_flops
from tokcomp_cli.vlm.prompt import features_of, llm_input

STEPS = 3
"""Of a round: encoding, and an answer each way."""


@dataclass(frozen=True, slots=True)
class Compression:
    """How fewer tokens are made of all.

    Attributes:
        method: For the model's own visual tokens.
        budget: Tokens to keep of them.
        keep: How they thin out inside the decoder.
        seed: For methods that draw.
    """

    method: Method
    budget: int
    keep: Keep
    seed: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What one way of asking made.

    Attributes:
        prompt: The question with its pictures.
        features: All visual tokens after the model's projector, (V, D).
        entered: What entered the language model.
        drop: Visual tokens that enter each layer.
        answer: What came out.
        reduced: What the method left; None with all tokens.
        ms: Milliseconds of `encode`, `reduce`, `prefill` and `decode`.
    """

    prompt: Prompt
    features: Tensor
    entered: LlmInput
    drop: DropPlan
    answer: Answer
    reduced: CompressedVisual | None
    ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of asking: its prompt and how long that took, and how it compresses (None: not at all)."""

    prompt: Prompt
    prepare_ms: float
    compression: Compression | None = None


def ask_both(
    vlm: Vlm, full: Way, compressed: Way, *, max_new_tokens: int, repeat: int, progress: Progress = unwatched
) -> tuple[Asked, Asked]:
    """Return what both ways of asking made in the last round, with the medians of the times of all rounds.

    The one asked first changes from round to round. Where both show the same pictures, these are encoded
    once a round and the time counts for both.

    Args:
        vlm: The model.
        full: With all tokens.
        compressed: With fewer.
        max_new_tokens: Of an answer.
        repeat: Rounds, at least one.
        progress: Called with steps done and to do: pictures encoded, answers given.
    """
    ways = (full, compressed)
    rounds: list[list[Asked]] = []
    for round_ in range(repeat):
        progress(STEPS * round_, STEPS * repeat)
        encoded = [_encoded(vlm, full)]
        encoded.append(encoded[0] if compressed.prompt is full.prompt else _encoded(vlm, compressed))
        progress(STEPS * round_ + 1, STEPS * repeat)
        made: dict[int, Asked] = {}
        for step, at in enumerate((0, 1) if round_ % 2 == 0 else (1, 0)):
            made[at] = _asked(vlm, ways[at], *encoded[at], max_new_tokens)
            progress(STEPS * round_ + 2 + step, STEPS * repeat)
        rounds.append([made[0], made[1]])
    return _with_medians([one[0] for one in rounds]), _with_medians([one[1] for one in rounds])


def side_of(vlm: Vlm, way: Way, asked: Asked) -> Side:
    """Return one way of asking as a result."""
    found, entered = asked.answer, asked.entered
    text = len(entered) - entered.visual_tokens
    return Side(
        answer=vlm.processor.tokenizer.decode(found.tokens, skip_special_tokens=True).strip(),
        answer_tokens=len(found.tokens),
        pictures=asked.prompt.pictures,
        text_tokens=text,
        visual_tokens=entered.visual_tokens,
        visual_tokens_per_layer=tuple(count - text for count in found.cached),
        ms={"prepare": way.prepare_ms, **asked.ms},
        decode_steps=found.steps,
        prefill_flops_estimated=prefill_flops(vlm.text_config, found.cached),
        kv_bytes_estimated=kv_bytes(vlm.text_config, found.cached, entered.embeds.element_size()),
    )


def _encoded(vlm: Vlm, way: Way) -> tuple[Tensor, float]:
    """Return all visual tokens of a prompt, (V, D), and the milliseconds they took."""
    clock = Clock()
    with clock.on("encode"):
        features = features_of(vlm, way.prompt)
    return features, clock.spent["encode"]


def _asked(vlm: Vlm, way: Way, features: Tensor, encode_ms: float, max_new_tokens: int) -> Asked:
    reduced, how, clock = None, way.compression, Clock()
    keep: Keep = NOTHING_DROPPED
    clock.spent["encode"] = encode_ms
    with clock.on("reduce"):
        if how is None:
            entered = llm_input(vlm, way.prompt, features)
        else:
            keep = how.keep
            reduced = compress_visual(features, way.prompt.blocks, how.method, how.budget, seed=how.seed)
            entered = llm_input(vlm, way.prompt, reduced.features, reduced.slots)
    drop = drop_plan(keep, entered.visual_tokens, vlm.layers)
    found = answer(vlm, entered, drop, max_new_tokens)
    ms = {**clock.spent, "prefill": found.prefill_ms, "decode": found.decode_ms}
    return Asked(way.prompt, features, entered, drop, found, reduced, ms)


def _with_medians(rounds: Sequence[Asked]) -> Asked:
    """Return what the last round made, with the median of each time over all rounds."""
    last = rounds[-1]
    return replace(last, ms={part: statistics.median(one.ms[part] for one in rounds) for part in last.ms})
