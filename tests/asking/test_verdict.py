from dataclasses import replace

import pytest

from tokcomp_cli.asking.verdict import time_sentence, verdict
from tokcomp_cli.core.results.ask import Divergence, Side

FULL = Side(
    answer="a cup of coffee",
    answer_tokens=4,
    pictures=1,
    text_tokens=20,
    visual_tokens=64,
    visual_tokens_per_layer=(64,) * 4,
    ms={"prepare": 10.0, "encode": 80.0, "reduce": 0.0, "prefill": 110.0, "decode": 30.0},
    decode_steps=3,
    prefill_flops_estimated=10,
    kv_bytes_estimated=10,
)
FEWER = replace(
    FULL,
    visual_tokens=16,
    visual_tokens_per_layer=(16, 11, 8, 6),
    ms={"prepare": 10.0, "encode": 80.0, "reduce": 5.0, "prefill": 25.0, "decode": 24.0},
)
SAME = Divergence(0.01, 0.02, -1.0, -1.1, 1.0, 4)
SLOW_TO_SEE = {**FULL.ms, "encode": 800.0}


def test_the_time_to_the_first_token_and_of_each_further_one():
    assert time_sentence(FULL, FEWER, 0) == (
        "To the first token with all tokens 200 ms (preparing pictures 5%, encoding 40%, prefill 55%); "
        "with fewer 120 ms (5 to reduce tokens), 40% less. Each further token 10 ms, with fewer 8 ms."
    )


@pytest.mark.parametrize(("merge_ms", "gain"), [(100, "10% more: it did not pay here"), (80, "no gain")])
def test_what_finding_merged_frames_took_counts_too(merge_ms, gain):
    told = time_sentence(FULL, FEWER, merge_ms)
    assert f"{120 + merge_ms} ms ({merge_ms} to find merged frames, 5 to reduce tokens), {gain}" in told


@pytest.mark.parametrize(("pictures", "advice"), [(1, "fewer only after it."), (4, "save most.")])
def test_where_encoding_dominates(pictures, advice):
    assert time_sentence(replace(FULL, pictures=pictures, ms=SLOW_TO_SEE), FEWER, 0).endswith(advice)


@pytest.mark.parametrize(
    ("full", "apart", "said"),
    [
        (FULL, SAME, "The answer is the same: {}."),
        (
            FULL,
            replace(SAME, same_first_tokens=1),
            "The answer differs after 1 of 4 tokens: {}, a near thing; read both.",
        ),
        (
            FULL,
            replace(SAME, same_first_tokens=1, logit_kl=2.0),
            "The answer differs after 1 of 4 tokens: {}; read both.",
        ),
        (
            replace(FULL, answer_tokens=0),
            SAME,
            "The full model answers nothing, so there is nothing to keep: {}.",
        ),
    ],
)
def test_the_verdict_says_what_became_of_the_answer(full, apart, said):
    tokens = "64 → 16 visual tokens at the LLM input (6 in the last layer)"
    assert verdict(full, FEWER, apart) == said.format(f"{tokens}, next-token KL {apart.logit_kl:.3g} nats")
