import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tokcomp_cli.vlm.answer import answer
from tokcomp_cli.vlm.base import DropPlan
from tokcomp_cli.vlm.cost_estimate import kv_bytes, prefill_flops


@pytest.mark.parametrize("kind", ["llava", "qwen"])
def test_the_estimated_cache_is_as_large_as_the_measured_one(vlm, entered, picture, shares, kind):
    model, inside = vlm(kind), entered(kind, picture)
    found = answer(model, inside, DropPlan(shares(inside.visual_tokens)), 1)
    assert kv_bytes(model.text_config, found.cached, 4) == found.cache_bytes


def test_the_estimated_work_is_what_torch_counts(vlm, entered, picture):
    model, inside = vlm("llava"), entered("llava", picture)
    with (
        FlopCounterMode(display=False) as counter,
        torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH),
    ):
        hidden = model.decoder(inputs_embeds=inside.embeds[None]).last_hidden_state
        model.model.lm_head(hidden[:, -1])
    length = len(inside)
    whole_square = (
        2 * length * length * 64 * model.layers
    )  # torch counts attention beyond the causal half too
    estimated = prefill_flops(model.text_config, (length,) * model.layers)
    assert counter.get_total_flops() == pytest.approx(estimated + whole_square, rel=0.01)
