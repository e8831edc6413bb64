"""Ask a model both ways, in turns, and take the medians of the times."""

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor

from tokcomp_cli.ask.layer_schedule import NOTHING_DROPPED, LayerKeep
from tokcomp_cli.ask.compress_visual import CompressedVisual, compress_visual
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.results.ask import Side
from tokcomp_cli.core.timing import Progress, unwatched
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
    keep: LayerKeep
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
    """

    prompt: Prompt
    features: Tensor
    entered: LlmInput
    drop: DropPlan
    answer: Answer
    reduced: CompressedVisual | None


class Laps:
    """Milliseconds by phase, one entry a round."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def on(self, phase: str) -> Iterator[None]:
        """Add an entry for the time spent inside."""
        start = time.perf_counter()
        yield
        self.spent[phase].append((time.perf_counter() - start) * 1000)

    def medians(self) -> dict[str, float]:
        """Return the median of each phase."""
        return {phase: statistics.median(times) for phase, times in self.spent.items()}


@dataclass(frozen=True, slots=True)
class Way:
    """One way of asking: its prompt, how it compresses (None: not at all), and its times."""

    prompt: Prompt
    compression: Compression | None
    laps: Laps


def ask_both(
    vlm: Vlm, full: Way, compressed: Way, *, max_new_tokens: int, repeat: int, progress: Progress = unwatched
) -> tuple[Asked, Asked]:
    """Return what both ways of asking made; the one asked first changes from round to round.

    Where both show the same pictures, these are encoded once a round and the time counts for both.

    Args:
        vlm: The model.
        full: With all tokens.
        compressed: With fewer.
        max_new_tokens: Of an answer.
        repeat: Rounds, at least one.
        progress: Called with steps done and to do: pictures encoded, answers given.
    """
    made: dict[bool, Asked] = {}
    for round_ in range(repeat):
        progress(STEPS * round_, STEPS * repeat)
        features = {True: _encoded(vlm, full)}
        if compressed.prompt is full.prompt:
            features[False] = features[True]
            compressed.laps.spent["encode"].append(full.laps.spent["encode"][-1])
        else:
            features[False] = _encoded(vlm, compressed)
        progress(STEPS * round_ + 1, STEPS * repeat)
        for at, whole in enumerate((True, False) if round_ % 2 == 0 else (False, True)):
            made[whole] = _asked(vlm, full if whole else compressed, features[whole], max_new_tokens)
            progress(STEPS * round_ + 2 + at, STEPS * repeat)
    return made[True], made[False]


def side_of(vlm: Vlm, asked: Asked, laps: Laps) -> Side:
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
        ms=laps.medians(),
        decode_steps=found.steps,
        prefill_flops_estimated=prefill_flops(vlm.text_config, found.cached),
        kv_bytes_estimated=kv_bytes(vlm.text_config, found.cached, entered.embeds.element_size()),
    )


def _encoded(vlm: Vlm, way: Way) -> Tensor:
    with way.laps.on("encode"):
        return features_of(vlm, way.prompt)


def _asked(vlm: Vlm, way: Way, features: Tensor, max_new_tokens: int) -> Asked:
    reduced, keep, how = None, NOTHING_DROPPED, way.compression
    with way.laps.on("reduce"):
        if how is None:
            entered = llm_input(vlm, way.prompt, features)
        else:
            keep = how.keep
            reduced = compress_visual(features, way.prompt.blocks, how.method, how.budget, seed=how.seed)
            entered = llm_input(vlm, way.prompt, reduced.features, reduced.slots)
    drop = keep.plan(entered.visual_tokens, vlm.layers)
    found = answer(vlm, entered, drop, max_new_tokens)
    way.laps.spent["prefill"].append(found.prefill_ms)
    way.laps.spent["decode"].append(found.decode_ms)
    return Asked(way.prompt, features, entered, drop, found, reduced)
