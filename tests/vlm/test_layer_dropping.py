from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from transformers import AutoConfig, AutoModel, DynamicCache

from tokcomp_cli.errors import ModelError, PlanError
from tokcomp_cli.vlm.answer import answer, answer_logits
from tokcomp_cli.vlm.base import DropPlan
from tokcomp_cli.vlm.layer_dropping import (
    KNOWN_DECODERS,
    _stay,
    attention_of,
    check_droppable,
    drop_layers,
    dropping,
)
from tokcomp_cli.vlm.prompt import prompt_of

FAMILIES = ("llava", "smolvlm", "onevision", "qwen")
ALL_FAMILIES = (*FAMILIES, "fastvlm", "idefics3")


def axes(positions):
    return positions if len(positions) == 1 else positions[:, None]


def slow(vlm, entered, plan, monkeypatch):
    """Layer by layer with eager attention, a mask made by hand, and scores read off the attention weights."""
    decoder, embeds = vlm.decoder, entered.embeds[None]
    cos, sin = decoder.rotary_emb(embeds, axes(entered.positions))
    hidden, kept = embeds, torch.arange(len(entered))
    weights = None
    monkeypatch.setattr(decoder.config, "_attn_implementation", "eager")
    for number, layer in enumerate(decoder.layers):

        def attend(hidden, kept, layer=layer):
            length = len(kept)
            mask = torch.full((length, length), -torch.inf).triu(1)[None, None]
            rotary = (cos[:, kept], sin[:, kept])
            _, weights = layer.self_attn(
                hidden_states=layer.input_layernorm(hidden), position_embeddings=rotary, attention_mask=mask
            )
            return mask, rotary, weights[0, :, -1].mean(0)

        seen = entered.visual[kept]
        if plan.tokens[number] < int(seen.sum()):
            scores = weights if plan.look_back else attend(hidden, kept)[2]
            ranked = sorted(seen.nonzero().flatten().tolist(), key=lambda at: (-float(scores[at]), at))
            stay = sorted([*(~seen).nonzero().flatten().tolist(), *ranked[: plan.tokens[number]]])
            hidden, kept = hidden[:, stay], kept[stay]
        mask, rotary, weights = attend(hidden, kept)
        hidden = layer(hidden, attention_mask=mask, position_embeddings=rotary)
    monkeypatch.setattr(decoder.config, "_attn_implementation", "sdpa")
    return vlm.model.lm_head(decoder.norm(hidden)[0, -1]), kept


def log_probabilities(logits):
    return logits.double().log_softmax(-1)


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("look_back", [0, 1])
def test_it_agrees_with_a_slow_loop_of_eager_attention(
    vlm, entered, picture, shares, monkeypatch, kind, look_back
):
    inside = entered(kind, picture)
    plan = DropPlan(shares(inside.visual_tokens), look_back)
    expected, kept = slow(vlm(kind), inside, plan, monkeypatch)
    found = answer_logits(vlm(kind), inside, plan, ())[0]
    torch.testing.assert_close(log_probabilities(found), log_probabilities(expected), atol=1e-5, rtol=0)
    assert int(inside.visual[kept].sum()) == plan.tokens[-1]
    assert int((~inside.visual[kept]).sum()) == int((~inside.visual).sum())


@pytest.mark.parametrize("kind", FAMILIES)
def test_caches_are_as_long_as_planned_and_decoding_equals_doing_it_all_again(
    vlm, entered, clip, shares, kind
):
    model, inside = vlm(kind), entered(kind, clip)
    plan = DropPlan(shares(inside.visual_tokens))
    text = len(inside) - inside.visual_tokens
    given = (5, 9, 77, 30)
    again = log_probabilities(answer_logits(model, inside, plan, given))
    cache, next_position = DynamicCache(), int(inside.positions.max()) + 1
    with dropping(model.decoder, plan, inside.visual, len(inside) - 1):
        out = model.decoder(
            inputs_embeds=inside.embeds[None],
            position_ids=axes(inside.positions),
            cache=cache,
            use_cache=True,
        )
    for step, token in enumerate((*given, None)):
        assert [layer.get_seq_length() for layer in cache.layers] == [
            text + one + step for one in plan.tokens
        ]
        logits = model.model.lm_head(out.last_hidden_state[0, -1])
        torch.testing.assert_close(log_probabilities(logits), again[step], atol=1e-5, rtol=0)
        if token is None:
            break
        where = torch.full((len(inside.positions), 1), next_position + step)
        out = model.decoder(
            inputs_embeds=model.model.get_input_embeddings()(torch.tensor([[token]])),
            position_ids=axes(where),
            cache=cache,
            use_cache=True,
        )


@pytest.mark.parametrize("kind", ALL_FAMILIES)
@pytest.mark.parametrize("shown", ["picture", "clip"])
def test_nothing_dropped_is_the_plain_model(vlm, entered, clip, picture, request, kind, shown):
    pictures = request.getfixturevalue(shown)
    if kind == "qwen" and shown == "clip":  # the model's own positions are right for even times only
        pictures = replace(pictures, pts_seconds=(0.0, 1.0, 2.0, 3.0, 4.0))
    model, inside = vlm(kind), entered(kind, pictures)
    plan = DropPlan((inside.visual_tokens,) * model.layers)
    inputs = prompt_of(model, pictures, "what is it?").inputs
    expected = model.model(**inputs).logits[0, -1]
    found = answer_logits(model, inside, plan, ())[0]
    torch.testing.assert_close(log_probabilities(found), log_probabilities(expected), atol=1e-5, rtol=0)
    generated = model.model.generate(**inputs, max_new_tokens=6, do_sample=False)
    assert answer(model, inside, plan, 6).tokens == tuple(
        generated[0, inputs["input_ids"].shape[1] :].tolist()
    )
    with_hooks = answer_logits(model, inside, plan, (3, 4))
    plain = model.decoder(
        inputs_embeds=torch.cat([inside.embeds, model.model.get_input_embeddings()(torch.tensor([3, 4]))])[
            None
        ],
        position_ids=axes(
            torch.cat(
                [
                    inside.positions,
                    (int(inside.positions.max()) + torch.tensor([1, 2])).expand(len(inside.positions), -1),
                ],
                1,
            )
        ),
    )
    assert torch.equal(with_hooks, model.model.lm_head(plain.last_hidden_state[0, -3:]))


def test_hooks_are_gone_whatever_happens(vlm, entered, picture):
    model, inside = vlm("llava"), entered("llava", picture)
    plan = DropPlan((inside.visual_tokens,) * 4 + (3,) * 4)

    def fail():
        with dropping(model.decoder, plan, inside.visual, len(inside) - 1):
            assert all(layer._forward_pre_hooks for layer in model.decoder.layers)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not any(layer._forward_pre_hooks for layer in model.decoder.layers)


def test_several_sequences_at_once_are_refused(vlm, entered, picture):
    model, inside = vlm("llava"), entered("llava", picture)
    plan = DropPlan((4,) * model.layers)
    both = inside.embeds[None].expand(2, -1, -1)
    with (
        pytest.raises(PlanError, match="got 2"),
        dropping(model.decoder, plan, inside.visual, len(inside) - 1),
    ):
        model.decoder(inputs_embeds=both)


def test_what_is_dropped_before_the_first_layer_and_ties(vlm, entered, picture):
    model, inside = vlm("llava"), entered("llava", picture)
    found = answer(model, inside, DropPlan((7,) * model.layers), 1)
    text = len(inside) - inside.visual_tokens
    assert found.cached == (text + 7,) * model.layers
    assert drop_layers(DropPlan((8, 8, 5, 5, 1)), 8) == [2, 4]
    assert drop_layers(DropPlan((5, 5)), 8) == [0]
    with pytest.raises(ModelError, match="layer 0"):
        answer(model, inside, DropPlan((7,) * model.layers, look_back=1), 1)


def test_ties_go_to_the_earlier_token():
    visual = torch.tensor([False, True, True, True, True, False])
    assert _stay(torch.tensor([0.9, 0.2, 0.3, 0.2, 0.2, 0.0]), visual, 2).tolist() == [0, 1, 2, 5]
    assert _stay(torch.zeros(6), visual, 3).tolist() == [0, 1, 2, 3, 5]


def test_attention_is_a_distribution_over_what_came_before(vlm, entered, picture):
    model, inside = vlm("qwen"), entered("qwen", picture)
    layer, hidden = model.decoder.layers[0], inside.embeds[None]
    rotary = model.decoder.rotary_emb(hidden, axes(inside.positions))
    found = attention_of(layer, hidden, rotary, 10)
    assert found[:11].sum() == pytest.approx(1, abs=1e-5)
    assert not found[11:].any()


@pytest.mark.parametrize("kind", KNOWN_DECODERS[:-1])
def test_attention_of_each_known_decoder_is_what_eager_attention_gives(kind):
    config = AutoConfig.for_model(
        kind, vocab_size=8, hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=4,
        num_key_value_heads=2, head_dim=8, initializer_range=0.5, pad_token_id=None,
    )  # fmt: skip
    config._attn_implementation = "eager"
    torch.manual_seed(0)
    decoder = AutoModel.from_config(config).eval()
    hidden = torch.randn(1, 9, 32)
    rotary = decoder.rotary_emb(hidden, torch.tensor([[0, 1, 2, 5, 6, 9, 10, 11, 20]]))
    layer = decoder.layers[0]
    mask = torch.full((9, 9), -torch.inf).triu(1)[None, None]
    _, weights = layer.self_attn(
        hidden_states=layer.input_layernorm(hidden), position_embeddings=rotary, attention_mask=mask
    )
    for row in (0, 4, 8):
        found = attention_of(layer, hidden, rotary, row)
        torch.testing.assert_close(found, weights[0, :, row].mean(0), atol=1e-6, rtol=0)


def test_decoders_whose_attention_is_another_are_refused():
    check_droppable(SimpleNamespace(model_type="llama"))
    with pytest.raises(ModelError, match=r"cohere.*llama, mistral"):
        check_droppable(SimpleNamespace(model_type="cohere"))
