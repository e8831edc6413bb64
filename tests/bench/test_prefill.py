import time

import pytest
import torch

from tokcomp_cli.bench.prefill import bench_prefill
from tokcomp_cli.errors import ModelError, PlanError
from tokcomp_cli.plan.layers import parse_layer_keep
from tokcomp_cli.vlm import decoder_shapes


@pytest.mark.parametrize(
    ("name", "weights"), [("smolvlm2-256m", 106.2e6), ("llava-1.5-7b", 6.476e9), ("qwen2.5-vl-3b", 2.775e9)]
)
def test_shapes_are_those_of_the_published_decoders(name, weights):
    shape = decoder_shapes.find_shape(name)
    with torch.device("meta"):
        decoder = decoder_shapes.build_decoder(shape, 2)
    assert len(decoder.layers) == 2
    layer = sum(weight.numel() for weight in decoder.layers[0].parameters())
    assert layer * shape.layers == pytest.approx(weights, rel=0.001)
    assert decoder.config._attn_implementation == "sdpa"


def test_a_prompt_with_fewer_visual_tokens_takes_less_work():
    shape = decoder_shapes.find_shape("smolvlm2-256m")
    timings = bench_prefill(
        shape, layers=2, rounds=1, threads=1, visual_tokens=512, keep=parse_layer_keep("1,1,0.5,0.5")
    )
    assert [one.visual_tokens for one in timings] == [512, 256, 128, 64] * 2
    assert [one.last_layer for one in timings[4:]] == [256, 128, 64, 32]
    assert timings[0].faster == 1
    assert timings[2].faster > 1.5
    assert all(one.ms > 0 and one.cpu_ms > 0 for one in timings)


@pytest.mark.slow
def test_a_quarter_of_the_visual_tokens_is_twice_as_fast():
    shape = decoder_shapes.find_shape("smolvlm2-256m")
    timings = bench_prefill(shape, layers=10, rounds=3, threads=1, visual_tokens=shape.visual_tokens)
    assert timings[2].visual_tokens == 272
    assert timings[2].faster >= 2


def test_what_cannot_be_built(monkeypatch):
    with pytest.raises(PlanError, match=r"llava-1\.5-7b"):
        decoder_shapes.find_shape("llava-1.5")
    shape = decoder_shapes.find_shape("llava-1.5-7b")
    with pytest.raises(PlanError, match=r"`layers`.* 32 .* 33"):
        decoder_shapes.build_decoder(shape, 33)
    monkeypatch.setattr(decoder_shapes, "available_bytes", lambda: 10**9)
    start = time.perf_counter()
    with pytest.raises(ModelError, match="`layers`"):
        decoder_shapes.build_decoder(shape, 32)
    assert time.perf_counter() - start < 10  # nothing was built
