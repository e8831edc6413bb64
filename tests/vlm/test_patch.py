from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import DynamicCache

from tokcomp_cli.asking.compress_visual import compress_visual
from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.module import Compress
from tokcomp_cli.core.tokens import Compressed
from tokcomp_cli.errors import ModelError, PlanError
from tokcomp_cli.vlm.answer import answer, answer_logits
from tokcomp_cli.vlm.base import DropPlan
from tokcomp_cli.vlm.patch import patch
from tokcomp_cli.vlm.prompt import features_of, llm_input, prompt_of

FAMILIES = ("llava", "smolvlm", "onevision", "qwen", "fastvlm", "idefics3")
ONE_GRID = ("llava", "smolvlm", "qwen", "fastvlm")
KEEP, NEW = 15, 6
DIVPRUNE = Compress("divprune", KEEP)


@pytest.fixture
def prompted(vlm, picture, clip):
    """Give a model and a prompt; the frames of a clip stand at even times, as Qwen2.5-VL itself has them."""

    def prompt(kind, shown="picture"):
        even = replace(clip, pts_seconds=(0.0, 1.0, 2.0, 3.0, 4.0))
        return vlm(kind), prompt_of(vlm(kind), picture if shown == "picture" else even, "what is it?")

    return prompt


@pytest.fixture
def batched(vlm):
    """Give a model's inputs for several pictures and questions, padded on the left, and each by itself."""

    def batch(kind, *asked):
        processor = vlm(kind).processor
        processor.tokenizer.padding_side = "left"
        images = [[np.array(rgb)] for rgb, _ in asked]
        texts = [
            processor.apply_chat_template(
                [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}],
                add_generation_prompt=True,
            )
            for _, question in asked
        ]
        settings = {"return_tensors": "pt", "padding": True}
        together = processor(images=images, text=texts, **settings)
        return together, [
            processor(images=[one], text=[text], **settings) for one, text in zip(images, texts, strict=True)
        ]

    return batch


def generate(vlm, inputs, **settings):
    found = vlm.model.generate(**inputs, max_new_tokens=NEW, do_sample=False, **settings)
    return found[:, inputs["input_ids"].shape[1] :].tolist()


def as_ask_does(vlm, prompt, method, keep):
    """Return what `ask` answers with nothing dropped inside the decoder, the next logits, what was kept."""
    left = compress_visual(features_of(vlm, prompt), prompt.blocks, method, keep)
    entered = llm_input(vlm, prompt, left.features, left.slots)
    plan = DropPlan((len(left.slots),) * vlm.layers)
    return answer(vlm, entered, plan, NEW).tokens, answer_logits(vlm, entered, plan, ())[0], left


@pytest.mark.parametrize("kind", ONE_GRID)
@pytest.mark.parametrize("name", ["divprune", "tome", "prune", "ward"])
def test_a_patched_model_answers_as_ask_does(prompted, kind, name):
    vlm, prompt = prompted(kind)
    tokens, logits, _ = as_ask_does(vlm, prompt, find("spatial", name), KEEP)
    with patch(vlm.model, Compress(name, KEEP)):
        assert generate(vlm, prompt.inputs) == [list(tokens)]
        found = vlm.model(**prompt.inputs).logits
    torch.testing.assert_close(found[0, -1], logits, atol=1e-5, rtol=1e-5)
    assert found.shape[1] == len(prompt.ids) - prompt.visual_tokens + KEEP
    assert not torch.allclose(found[0, -1], vlm.model(**prompt.inputs).logits[0, -1], atol=1e-3)


@pytest.mark.parametrize("shown", ["picture", "clip"])
@pytest.mark.parametrize("kind", FAMILIES)
def test_what_a_method_keeps_stands_where_ask_puts_it(prompted, kind, shown):
    vlm, prompt = prompted(kind, shown)
    tokens, logits, left = as_ask_does(vlm, prompt, find("spatial", "ward"), 40)

    def grid_by_grid(given, *, num_keep):
        owner = torch.full((len(given),), -1)
        owner[left.slots] = torch.arange(num_keep)
        return Compressed(left.features, torch.ones(num_keep, dtype=torch.int64), owner)

    method = Method("by-grid", "spatial", "as ask does", "none", compress=grid_by_grid)
    with patch(vlm.model, Compress(method, len(left.slots))):
        assert generate(vlm, prompt.inputs) == [list(tokens)]
        found = vlm.model(**prompt.inputs).logits[0, -1]
    torch.testing.assert_close(found, logits, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("shown", ["picture", "clip"])
@pytest.mark.parametrize("kind", FAMILIES)
def test_all_kept_is_the_plain_model_bit_for_bit(prompted, kind, shown):
    vlm, prompt = prompted(kind, shown)
    plain, said = vlm.model(**prompt.inputs).logits, generate(vlm, prompt.inputs)
    with patch(vlm.model, Compress("divprune", prompt.visual_tokens)):
        assert torch.equal(vlm.model(**prompt.inputs).logits, plain)
        assert generate(vlm, prompt.inputs) == said
    assert torch.equal(vlm.model(**prompt.inputs).logits, plain)


@pytest.mark.parametrize("kind", FAMILIES)
def test_decoding_with_a_cache_equals_reading_all_again(prompted, kind):
    vlm, prompt = prompted(kind)
    with patch(vlm.model, DIVPRUNE):
        said = generate(vlm, prompt.inputs)
        assert generate(vlm, prompt.inputs, use_cache=False) == said
        beams = generate(vlm, prompt.inputs, num_beams=3)
        assert generate(vlm, prompt.inputs, num_beams=3, use_cache=False) == beams
        out, token_by_token = vlm.model(**prompt.inputs, use_cache=True), []
        for _ in range(NEW):
            token_by_token.append(int(out.logits[0, -1].argmax()))
            out = vlm.model(input_ids=torch.tensor([token_by_token[-1:]]), cache=out.cache, use_cache=True)
    assert [token_by_token] == said
    assert out.cache.get_seq_length() == len(prompt.ids) - prompt.visual_tokens + KEEP + NEW


@pytest.mark.parametrize("kind", ["llava", "qwen"])
def test_sequences_of_a_batch_are_compressed_one_by_one(vlm, picture, batched, kind):
    """In Qwen2.5-VL they have different numbers of visual tokens too."""
    whole = picture.rgb[0]
    together, alone = batched(
        kind, (whole, "what is it?"), (whole[:96, :160], "how many cups are there here?")
    )
    visual = [int((one["input_ids"] == vlm(kind).model.config.image_token_id).sum()) for one in alone]
    assert (visual[0] == visual[1]) == (kind == "llava")
    with patch(vlm(kind).model, DIVPRUNE):
        one_by_one = [generate(vlm(kind), inputs)[0] for inputs in alone]
        assert generate(vlm(kind), together) == one_by_one


def test_other_prompts_and_caches_are_left_alone(prompted):
    vlm, prompt = prompted("llava")
    text = {"input_ids": prompt.ids[~prompt.visual][None]}
    plain, said = vlm.model(**text).logits, generate(vlm, text)
    cache = DynamicCache()
    vlm.model(**text, cache=cache)
    with patch(vlm.model, DIVPRUNE):
        kept = vlm.model(**prompt.inputs, use_cache=True).cache
        assert torch.equal(vlm.model(**text).logits, plain)
        assert generate(vlm, text) == said
        place = torch.tensor([[cache.get_seq_length()]])
        after = vlm.model(input_ids=torch.tensor([[5]]), position_ids=place, cache=cache).logits[0, -1]
        assert kept.get_seq_length() > cache.get_seq_length()
    again = vlm.model(input_ids=torch.cat([text["input_ids"], torch.tensor([[5]])], 1)).logits[0, -1]
    torch.testing.assert_close(after, again, atol=1e-5, rtol=1e-5)


def test_gradients_pass_to_the_picture(prompted):
    vlm, prompt = prompted("llava")
    with torch.enable_grad(), patch(vlm.model, Compress("tome", KEEP)):
        pixels = prompt.inputs["pixel_values"].clone().requires_grad_()
        vlm.model(**{**prompt.inputs, "pixel_values": pixels}).logits[0, -1].sum().backward()
    assert pixels.grad.abs().sum() > 0
    vlm.model.zero_grad()


def hooks_of(model):
    return [
        hook
        for module in model.modules()
        for hook in (*module._forward_pre_hooks.values(), *module._forward_hooks.values())
    ]


def test_the_model_is_as_before_whatever_happens(prompted):
    vlm, prompt = prompted("llava")
    plain, before = vlm.model(**prompt.inputs).logits, hooks_of(vlm.model)
    with pytest.raises(ValueError, match="input_ids"), patch(vlm.model, DIVPRUNE):
        vlm.model()
    with patch(vlm.model, DIVPRUNE):
        with pytest.raises(PlanError, match="patched already"), patch(vlm.model, DIVPRUNE):
            pass
        assert vlm.model(**prompt.inputs).logits.shape[1] < plain.shape[1]
        with pytest.raises(PlanError, match="`labels`"):
            vlm.model(**prompt.inputs, labels=prompt.inputs["input_ids"])
    assert hooks_of(vlm.model) == before
    assert torch.equal(vlm.model(**prompt.inputs).logits, plain)


def test_a_model_without_its_head_a_loaded_one_and_bfloat16(prompted):
    vlm, prompt = prompted("qwen")
    left = len(prompt.ids) - prompt.visual_tokens + KEEP
    for model in (vlm, vlm.model.model):
        with patch(model, DIVPRUNE):
            assert vlm.model.model(**prompt.inputs).last_hidden_state.shape[1] == left
    half = deepcopy(vlm.model).bfloat16()
    with patch(half, DIVPRUNE):
        assert half(**prompt.inputs).logits.shape[1] == left


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model_type": "llama"}, "no vision tower"),
        ({"model_type": "paligemma", "vision_config": {}}, "paligemma"),
        ({}, "a model of transformers"),
    ],
)
def test_models_that_cannot_be_patched(config, said):
    with (
        pytest.raises(ModelError, match=said),
        patch(SimpleNamespace(config=SimpleNamespace(**config)), DIVPRUNE),
    ):
        pass


@pytest.mark.parametrize(
    ("stage", "name", "said"),
    [
        ("spatial", "pool", "`grid`"),
        ("spatial", "visionzip", "`keys`"),
        ("spatial", "cdpruner", "`relevance`"),
        ("temporal", "frame-merge", "frames"),
    ],
)
def test_methods_that_need_more_than_tokens(vlm, stage, name, said):
    compress = Compress(find(stage, name), KEEP)
    with pytest.raises(PlanError, match=said), patch(vlm("llava").model, compress):
        pass


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"attention_mask": torch.ones(1, 1, 8, 8)}, "`attention_mask`"),
        ({"input_ids": None, "inputs_embeds": torch.zeros(1, 8, 64)}, "`input_ids`"),
    ],
)
def test_prompts_that_cannot_be_compressed(prompted, change, said):
    vlm, prompt = prompted("llava")
    with patch(vlm.model, DIVPRUNE), pytest.raises(PlanError, match=said):
        vlm.model(**{**prompt.inputs, **change})


def test_more_tokens_than_there_are_and_a_cache_that_is_filled(prompted):
    vlm, prompt = prompted("llava")
    with patch(vlm.model, Compress("divprune", 65)), pytest.raises(PlanError, match="`num_keep`"):
        generate(vlm, prompt.inputs)
    cache = DynamicCache()
    vlm.model(input_ids=prompt.ids[None, :3], cache=cache)
    with patch(vlm.model, DIVPRUNE), pytest.raises(PlanError, match="`cache`"):
        vlm.model(**prompt.inputs, cache=cache)
