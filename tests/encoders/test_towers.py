"""Each tower family against open_clip's own answers and against the arithmetic written out."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.helpers import towers
from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.encoders.relevance import EMPTY_PROMPTS, asked, relevance
from tokcomp_cli.errors import EncoderError

Open = Callable[[str], Any]
TOLERANCE = {"atol": 1e-5, "rtol": 1e-5}
BLOCKS = ["openai", "vit", "clipa", "coca", "normed", "eva", "siglip", "pe"]
MAPS = ["mobileclip2", "convnext"]


def close(found: Tensor, wanted: Tensor) -> None:
    """Assert equality to 1e-5 of the largest value."""
    scale = max(1.0, float(wanted.abs().max()))
    torch.testing.assert_close(found / scale, wanted / scale, **TOLERANCE)


@pytest.mark.parametrize("family", BLOCKS + MAPS)
def test_patch_tokens_are_open_clips_intermediates(opened: Open, family: str) -> None:
    case = opened(family)
    index = [-2] if family in BLOCKS else [-1]
    seen = case.model.visual.forward_intermediates(
        towers.normalised(case.rgb), indices=[_absolute(case.model, index[0])], output_fmt="NCHW"
    )
    grid = seen["image_intermediates"][0]
    assert tuple(grid.shape[-2:]) == case.encoder.facts.grid
    close(case.tokens.features, grid.flatten(2).transpose(1, 2))
    close(case.tokens.pooled, seen["image_features"])
    assert case.tokens.features.shape == (2, case.encoder.facts.num_patches, case.encoder.facts.dim)


def _absolute(model: Any, index: int) -> int:
    visual = model.visual
    if hasattr(visual, "transformer"):
        return len(visual.transformer.resblocks) + index
    parts = getattr(visual.trunk, "blocks", None)
    return (len(visual.trunk.stages) if parts is None else len(parts)) + index


@pytest.mark.parametrize("family", ["openai", "vit"])
def test_vit_is_the_arithmetic_written_out(opened: Open, family: str) -> None:
    """Nothing of open_clip's forward pass is used: weights, a loop and a softmax."""
    case = opened(family)
    state = {key: value.double() for key, value in case.model.visual.state_dict().items()}
    tokens, attention, keys = _written_out(
        state, towers.normalised(case.rgb).double(), quick=family == "openai"
    )
    close(case.tokens.features.double(), tokens)
    close(case.tokens.saliency.double(), attention)
    close(case.tokens.keys.double(), keys)


def _written_out(state: dict[str, Tensor], pictures: Tensor, *, quick: bool) -> tuple[Tensor, Tensor, Tensor]:
    patch, width, heads = 16, 32, 2
    rows = pictures.shape[-1] // patch
    cut = (
        pictures.unfold(2, patch, patch)
        .unfold(3, patch, patch)
        .permute(0, 2, 3, 1, 4, 5)
        .flatten(3)
        .flatten(1, 2)
    )
    x = torch.stack([F.linear(cut[:, at], state["conv1.weight"].flatten(1)) for at in range(rows * rows)], 1)
    x = torch.cat([state["class_embedding"].expand(len(x), 1, -1), x], 1) + state["positional_embedding"]
    x = _norm(x, state, "ln_pre")
    kept = torch.empty(0), torch.empty(0)
    for block in range(2):
        name = f"transformer.resblocks.{block}"
        normed = _norm(x, state, f"{name}.ln_1")
        qkv = normed @ state[f"{name}.attn.in_proj_weight"].T + state[f"{name}.attn.in_proj_bias"]
        query, key, value = qkv.split(width, dim=-1)
        mixed, looks = [], []
        for head in range(heads):
            part = slice(head * width // heads, (head + 1) * width // heads)
            logits = query[..., part] @ key[..., part].transpose(1, 2) / math.sqrt(width // heads)
            weights = logits.exp() / logits.exp().sum(-1, keepdim=True)
            mixed.append(weights @ value[..., part])
            looks.append(weights[:, 0, 1:])
        kept = torch.stack(looks).mean(0), key[:, 1:]
        out = torch.cat(mixed, -1)
        x = x + out @ state[f"{name}.attn.out_proj.weight"].T + state[f"{name}.attn.out_proj.bias"]
        hidden = (
            _norm(x, state, f"{name}.ln_2") @ state[f"{name}.mlp.c_fc.weight"].T
            + state[f"{name}.mlp.c_fc.bias"]
        )
        hidden = (
            hidden * torch.sigmoid(1.702 * hidden)
            if quick
            else hidden * 0.5 * (1 + torch.erf(hidden / 2**0.5))
        )
        x = x + hidden @ state[f"{name}.mlp.c_proj.weight"].T + state[f"{name}.mlp.c_proj.bias"]
    return x[:, 1:], *kept


def _norm(x: Tensor, state: dict[str, Tensor], name: str) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    return (
        centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt() * state[f"{name}.weight"]
        + state[f"{name}.bias"]
    )


@pytest.mark.parametrize("family", ["openai", "vit"])
def test_class_attention_is_the_modules_own(opened: Open, family: str) -> None:
    case = opened(family)
    block = case.model.visual.transformer.resblocks[-2]
    given: list[Tensor] = []
    handle = block.attn.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    case.model.encode_image(towers.normalised(case.rgb))
    handle.remove()
    weights = block.attn(given[0], given[0], given[0], need_weights=True, average_attn_weights=False)[1]
    close(case.tokens.saliency, weights[:, :, 0, 1:].mean(1))


@pytest.mark.parametrize("family", ["eva"])
def test_class_attention_of_timm_is_its_unfused_softmax(opened: Open, family: str) -> None:
    case = opened(family)
    attention = case.model.visual.trunk.blocks[-2].attn
    attention.fused_attn = False
    given: list[Tensor] = []
    handle = attention.attn_drop.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    case.model.encode_image(towers.normalised(case.rgb))
    handle.remove()
    close(case.tokens.saliency, given[0][:, :, 0, 1:].mean(1))


@pytest.mark.parametrize("family", ["siglip", "pe"])
def test_pooling_attention_is_the_softmax_written_out(opened: Open, family: str) -> None:
    case = opened(family)
    trunk = case.model.visual.trunk
    pool = trunk.attn_pool
    x = trunk.forward_features(towers.normalised(case.rgb))
    query = pool.q(pool.latent[0, 0]).view(pool.num_heads, -1)
    key = pool.kv(x)[..., : x.shape[-1]]
    looks = [
        (
            key.unflatten(-1, (pool.num_heads, -1))[:, :, head] @ query[head] / math.sqrt(query.shape[1])
        ).softmax(-1)
        for head in range(pool.num_heads)
    ]
    close(case.tokens.saliency, torch.stack(looks).mean(0)[:, 1:])
    close(case.tokens.keys, key[:, 1:])


def test_pooling_attention_of_coca_is_the_modules_own(opened: Open) -> None:
    case = opened("coca")
    pool, visual = case.model.visual.attn_pool, case.model.visual
    last = visual.transformer(visual._embeds(towers.normalised(case.rgb)))
    query = pool.ln_q(pool.query)[None].expand(2, -1, -1)
    weights = pool.attn(query, pool.ln_k(last), pool.ln_k(last), need_weights=True)[1]
    close(case.tokens.saliency, weights[:, 0, 1:])


def test_query_row_with_norms_of_queries_and_keys(opened: Open) -> None:
    case = opened("normed")
    visual = case.model.visual
    x = visual._embeds(towers.normalised(case.rgb))
    block = visual.transformer.resblocks[1]
    normed = block.ln_1(visual.transformer.resblocks[0](x))
    query, key, _ = F.linear(normed, block.attn.in_proj_weight, block.attn.in_proj_bias).chunk(3, -1)
    query, key = (one.unflatten(-1, (2, -1)).transpose(1, 2) for one in (query, key))
    logits = block.attn.ln_q(query) @ block.attn.ln_k(key).transpose(-1, -2) / math.sqrt(16)
    close(case.tokens.saliency, logits.softmax(-1)[:, :, 0, 1:].mean(1))


@pytest.mark.parametrize("family", ["clipa", *MAPS])
def test_without_a_class_token_saliency_is_the_deviation(opened: Open, family: str) -> None:
    case = opened(family)
    for frame, saliency in zip(case.tokens.features, case.tokens.saliency, strict=True):
        for token, value in zip(frame, saliency, strict=True):
            assert float(value) == pytest.approx(float((token - frame.mean(0)).norm()), rel=1e-4)
    assert "deviation" in case.encoder.facts.saliency
    assert (case.tokens.keys is None) == (family in MAPS)


@pytest.mark.parametrize("family", ["openai", "vit"])
def test_text_features_of_a_class_token_are_the_value_path_written_out(opened: Open, family: str) -> None:
    """Patch by patch: value and output projection of the last attention, residual, MLP, last norm, head."""
    case = opened(family)
    visual = case.model.visual
    state = {key: value.double() for key, value in visual.state_dict().items()}
    before = visual._embeds(towers.normalised(case.rgb))
    for block in visual.transformer.resblocks[:-1]:
        before = block(before)
    name, wanted = f"transformer.resblocks.{len(visual.transformer.resblocks) - 1}", []
    for x in before[:, 1:].double().flatten(0, 1):
        value_rows = slice(2 * len(x), 3 * len(x))
        weight = state[f"{name}.attn.in_proj_weight"][value_rows]
        value = weight @ _norm(x, state, f"{name}.ln_1") + state[f"{name}.attn.in_proj_bias"][value_rows]
        x = x + state[f"{name}.attn.out_proj.weight"] @ value + state[f"{name}.attn.out_proj.bias"]
        hidden = state[f"{name}.mlp.c_fc.weight"] @ _norm(x, state, f"{name}.ln_2")
        hidden = hidden + state[f"{name}.mlp.c_fc.bias"]
        bent = torch.sigmoid(1.702 * hidden) if family == "openai" else 0.5 * (1 + torch.erf(hidden / 2**0.5))
        x = x + state[f"{name}.mlp.c_proj.weight"] @ (hidden * bent) + state[f"{name}.mlp.c_proj.bias"]
        wanted.append(_norm(x, state, "ln_post") @ state["proj"])
    close(case.tokens.text_features.double(), torch.stack(wanted).view(case.tokens.text_features.shape))


@pytest.mark.parametrize("family", ["normed", "eva"])
def test_text_features_of_a_class_token_see_one_patch_each(opened: Open, family: str) -> None:
    """The last attention, made to look at each token alone by its softmax, gives the same."""
    case = opened(family)
    visual = case.model.visual
    pictures = towers.normalised(case.rgb)
    if family == "eva":
        trunk, given = visual.trunk, []
        handle = trunk.blocks[-1].register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
        trunk.forward_features(pictures)
        handle.remove()
        block, x = trunk.blocks[-1], given[0]
        attention = block.attn
        value = attention.qkv(block.norm1(x)).chunk(3, -1)[2] + attention.v_bias
        mixed = attention.proj(attention.norm(value))
        x = x + (mixed if block.gamma_1 is None else block.gamma_1 * mixed)
        hidden = block.mlp(block.norm2(x))
        x = x + (hidden if block.gamma_2 is None else block.gamma_2 * hidden)
        wanted = visual.head(trunk.head(trunk.fc_norm(trunk.norm(x))))
    else:
        x = visual._embeds(pictures)
        for block in visual.transformer.resblocks[:-1]:
            x = block(x)
        mask = torch.full((x.shape[1],) * 2, -torch.inf).fill_diagonal_(0)
        x = visual.transformer.resblocks[-1](x, attn_mask=mask)
        wanted = visual.ln_post(x) @ visual.proj
    close(case.tokens.text_features, wanted[:, 1:])


def test_what_a_text_is_answered_goes_beyond_empty_prompts(opened: Open) -> None:
    case = opened("vit")
    question = asked(case.encoder, "two cats on a sofa")
    answers = relevance(case.tokens.text_features, question)
    for frame, row in zip(case.tokens.text_features, answers, strict=True):
        for patch, answer in zip(frame, row, strict=True):
            told = [
                float(F.cosine_similarity(patch, case.encoder.encode_text(text), dim=0))
                for text in ("two cats on a sofa", *EMPTY_PROMPTS)
            ]
            assert float(answer) == pytest.approx(told[0] - sum(told[1:]) / len(EMPTY_PROMPTS), abs=1e-5)


@pytest.mark.parametrize("family", ["vit", "eva"])
def test_nothing_of_a_batch_is_kept_once_it_is_read(opened: Open, family: str) -> None:
    case = opened(family)
    encoder = load_encoder(
        f"clip:local-dir:{case.folder}", layer=-1, resolution=towers.RESOLUTION.get(family)
    )
    encoder.encode(case.rgb)
    assert not any(tap._of_thread.__dict__ for tap in encoder._tower._taps)


@pytest.mark.parametrize("family", MAPS[:1])
def test_text_features_of_averaging_towers_average_to_the_embedding(opened: Open, family: str) -> None:
    case = opened(family)
    close(case.tokens.text_features.mean(1), case.tokens.pooled)


def test_text_features_of_an_attention_pool_are_the_pool_on_one_patch(opened: Open) -> None:
    case = opened("siglip")
    visual = case.model.visual
    last = visual.trunk.forward_features(towers.normalised(case.rgb))
    wanted = [visual.head(visual.trunk.forward_head(last[:, at : at + 1])) for at in range(1, last.shape[1])]
    close(case.tokens.text_features, torch.stack(wanted, 1))


def test_text_features_of_coca_are_the_pool_on_one_patch(opened: Open) -> None:
    case = opened("coca")
    visual = case.model.visual
    last = visual.transformer(visual._embeds(towers.normalised(case.rgb)))[:, 1:]
    wanted = [visual.ln_post(visual.attn_pool(last[:, at : at + 1]))[:, 0] @ visual.proj for at in range(16)]
    close(case.tokens.text_features, torch.stack(wanted, 1))


@pytest.mark.parametrize("family", BLOCKS + MAPS)
def test_text_embeddings_are_open_clips(opened: Open, family: str) -> None:
    import open_clip

    case = opened(family)
    found = case.encoder.encode_text("two cats on a sofa")
    tokens = open_clip.SimpleTokenizer(context_length=12)(["two cats on a sofa"])
    close(found, case.model.encode_text(tokens, normalize=True)[0])
    assert float(found.norm()) == pytest.approx(1, abs=1e-5)


def test_coca_with_its_text_decoder(tmp_path: Path) -> None:
    import open_clip

    decoder = {**towers.TEXT, "attn_pooler_heads": 2}
    text = {**towers.TEXT, "embed_cls": True, "output_tokens": True}
    towers.FAMILIES["whole coca"] = {**towers.config("coca"), "text_cfg": text, "multimodal_cfg": decoder}
    model = towers.save(tmp_path, "whole coca")
    assert isinstance(model, open_clip.CoCa)
    encoder = load_encoder(f"clip:local-dir:{tmp_path}")
    rgb = towers.frames(1, (64, 64))
    close(encoder.encode(rgb).pooled, model.encode_image(towers.normalised(rgb), normalize=False))
    words = open_clip.SimpleTokenizer(context_length=12)(["a cat"])
    close(encoder.encode_text("a cat"), model.encode_text(words)[0])


def test_a_resnet_is_named_as_what_cannot_be_read(tmp_path: Path) -> None:
    vision = {"image_size": 64, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None}
    towers.FAMILIES["resnet"] = {**towers.config("vit"), "vision_cfg": vision}
    towers.save(tmp_path, "resnet")
    with pytest.raises(EncoderError, match="ModifiedResNet"):
        load_encoder(f"clip:local-dir:{tmp_path}")


def test_an_attention_of_unknown_form_is_stated(tmp_path: Path) -> None:
    towers.FAMILIES["relative"] = towers.timm("test_vit_relpos", "avg", "linear", 160)
    towers.save(tmp_path, "relative")
    encoder = load_encoder(f"clip:local-dir:{tmp_path}")
    tokens = encoder.encode(towers.frames(1, (160, 160)))
    assert "deviation" in encoder.facts.saliency
    assert tokens.keys is None


@pytest.mark.parametrize("family", BLOCKS + MAPS)
def test_a_batch_is_its_frames_one_by_one(opened: Open, family: str) -> None:
    case = opened(family)
    alone = case.encoder.encode(case.rgb[1:])
    for name in ("features", "saliency", "pooled", "keys", "text_features"):
        whole, one = getattr(case.tokens, name), getattr(alone, name)
        if whole is not None:
            close(one[0], whole[1])


@pytest.mark.parametrize("layer", [1, -1, 3, None])
def test_layer_counts_blocks_from_one_or_from_the_end(opened: Open, layer: int | None) -> None:
    case = opened("vit")
    encoder = load_encoder(f"clip:local-dir:{case.folder}", layer=layer)
    index = {1: 0, -1: 2, 3: 2, None: 1}[layer]
    seen = case.model.visual.forward_intermediates(
        towers.normalised(case.rgb), indices=[index], output_fmt="NLC"
    )
    close(encoder.encode(case.rgb).features, seen["image_intermediates"][0])
    assert encoder.facts.layer.startswith(f"output of block {index + 1} of 3")
