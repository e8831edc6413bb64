from dataclasses import replace

import pytest

from tokcomp_cli.ask.verdict import time_sentence, verdict
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
NEAR = Divergence(0.01, 0.02, -1.0, -1.1, 1.0, 4)


def test_the_time_to_the_first_token_and_of_each_further_one():
    told = time_sentence(FULL, FEWER, 0)
    assert "with all tokens 200 ms (preparing pictures 5%, encoding 40%, prefill 55%)" in told
    assert "with fewer 120 ms (5 to reduce tokens), 40% less" in told
    assert "Each further token 10 ms, with fewer 8 ms." in told
    assert "dominates" not in told


def test_what_finding_merged_frames_took_counts_too():
    told = time_sentence(FULL, FEWER, 100)
    assert "220 ms (100 to find merged frames, 5 to reduce tokens), 10% more: it did not pay here" in told
    assert "no gain worth the name" in time_sentence(FULL, FEWER, 80)


@pytest.mark.parametrize(("pictures", "said"), [(1, "only after it"), (4, "fewer frames before the encoder")])
def test_where_encoding_dominates(pictures, said):
    slow = replace(FULL, pictures=pictures, ms={**FULL.ms, "encode": 800.0})
    assert said in time_sentence(slow, FEWER, 0)


def test_the_verdict_says_what_became_of_the_answer():
    same = verdict(FULL, FEWER, NEAR)
    assert same == (
        "The answer is the same: 64 → 16 visual tokens at the LLM input (6 in the last layer), "
        "next-token KL 0.01 nats."
    )
    other = verdict(FULL, FEWER, replace(NEAR, same_first_tokens=1))
    assert other.startswith("The answer differs after 1 of 4 tokens")
    assert "a near thing" in other
    assert "a near thing" not in verdict(FULL, FEWER, replace(NEAR, same_first_tokens=1, logit_kl=2.0))
    assert verdict(replace(FULL, answer="", answer_tokens=0), FEWER, NEAR).startswith(
        "The full model answers"
    )
