"""The encoder as a user has it: what it states, sizes, fits, checkpoints, number formats, weights on disk."""

import hashlib
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from tests.helpers import towers
from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.encoders.clip.encoder import ClipEncoder
from tokcomp_cli.encoders.clip.source import find
from tokcomp_cli.encoders.registry import open_clip_tables
from tokcomp_cli.encoders.registry.auto import CLIP, REPOSITORY, choose_auto
from tokcomp_cli.encoders.registry.weights_on_disk import PICKLED, SAFE, repository
from tokcomp_cli.errors import EncoderError

Open = Callable[[str], Any]
WEIGHTS = "open_clip_model.safetensors"


def test_facts_state_what_was_read(opened: Open) -> None:
    case = opened("openai")
    facts = case.encoder.facts
    assert facts.name == f"clip:local-dir:{case.folder}"
    assert facts.weights_sha256 == hashlib.sha256((case.folder / WEIGHTS).read_bytes()).hexdigest()
    assert "quick-GELU" in facts.architecture
    assert facts.preprocessing == (
        "squash to 64 x 64 (the model's own: crop), bicubic; mean 0.48, 0.46, 0.41; std 0.27, 0.26, 0.28"
    )
    assert (facts.grid, facts.patch_size, facts.dim, facts.input_size) == ((4, 4), 16, 32, (64, 64))
    assert (facts.dtype, facts.device, facts.fit, facts.text) == ("float32", "cpu", "squash", True)
    assert not facts.calibrated
    assert facts.floor > 0
    assert case.encoder.blank.shape == (16, 32)


def test_quick_gelu_is_not_gelu(opened: Open) -> None:
    fast, exact = opened("openai"), opened("vit")
    assert not torch.allclose(fast.tokens.features, exact.tokens.features, atol=1e-3)


@pytest.mark.parametrize("size", [96, (48, 80)])
def test_positions_of_a_vit_are_interpolated(opened: Open, size: Any) -> None:
    case = opened("vit")
    encoder = load_encoder(f"clip:local-dir:{case.folder}", resolution=size)
    rows, columns = (one // 16 for one in (size if isinstance(size, tuple) else (size, size)))
    assert encoder.facts.grid == (rows, columns)
    assert "interpolated" in encoder.facts.notes[0]
    table = case.model.visual.positional_embedding
    square = table[1:].view(1, 4, 4, 32).permute(0, 3, 1, 2)
    grown = F.interpolate(square, (rows, columns), mode="bicubic", antialias=True).flatten(2).mT[0]
    stated = towers.native(image_size=encoder.facts.input_size)
    model = towers.model(stated)
    state = dict(case.model.state_dict())
    state["visual.positional_embedding"] = torch.cat([table[:1], grown])
    model.load_state_dict(state)
    rgb = towers.frames(1, encoder.facts.input_size)
    seen = model.visual.forward_intermediates(towers.normalised(rgb), indices=[1], output_fmt="NLC")
    torch.testing.assert_close(
        encoder.encode(rgb).features, seen["image_intermediates"][0], atol=1e-4, rtol=1e-5
    )


def test_fit_changes_what_is_seen(opened: Open) -> None:
    case = opened("vit")
    rgb = towers.frames(1, (64, 128))
    rgb[:, :, 32:96] = case.rgb[:1]
    cropped = load_encoder(f"clip:local-dir:{case.folder}", fit="crop")
    assert torch.equal(cropped.encode(rgb).features, case.encoder.encode(case.rgb[:1]).features)
    assert "middle cut" in cropped.facts.preprocessing
    assert cropped.facts.fit == "crop"
    padded = load_encoder(f"clip:local-dir:{case.folder}", fit="pad").encode(rgb)
    assert not torch.equal(padded.features, case.encoder.encode(rgb).features)


def test_checkpoint_files_state_their_preprocessing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(open_clip_tables.model_configs(), "ViT-B-16", towers.config("vit"))
    state = towers.model(towers.config("vit")).state_dict()
    path = tmp_path / "tuned.safetensors"
    save_file({key: value.clone() for key, value in state.items()}, path)
    with pytest.raises(EncoderError, match=r"clip:ViT-B-16/file\.safetensors@openai"):
        load_encoder(f"clip:ViT-B-16/{path}")
    alike = load_encoder(f"clip:ViT-B-16/{path}@openai")
    assert "mean 0.4815, 0.4578, 0.4082" in alike.facts.preprocessing
    assert "quick-GELU" in alike.facts.architecture
    assert "quick-GELU" not in load_encoder(f"clip:ViT-B-16/{path}@laion2b_s34b_b88k").facts.architecture
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"preprocess_cfg": towers.PREPROCESS}))
    assert "mean 0.48, 0.46, 0.41" in load_encoder(f"clip:ViT-B-16/{path}").facts.preprocessing


def test_weights_in_the_hubs_cache_are_found(
    tmp_path: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert choose_auto() == ("embedded", choose_auto()[1])
    assert "no CLIP is on disk" in str(choose_auto()[1])
    assert "tokcomp models pull" in str(choose_auto()[1])
    monkeypatch.setitem(open_clip_tables.model_configs(), "ViT-B-16", towers.config("vit"))
    repo = tmp_path / f"models--{REPOSITORY.replace('/', '--')}"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text("abc")
    (repo / "snapshots" / "abc").mkdir(parents=True)
    shutil.copy(opened("vit").folder / WEIGHTS, repo / "snapshots" / "abc" / WEIGHTS)
    assert choose_auto() == (CLIP, None)
    assert find(CLIP).weights.name == WEIGHTS
    case = opened("vit")
    encoder = load_encoder("auto")
    assert encoder.facts.name == CLIP
    assert encoder.encode(case.rgb).features.shape == case.tokens.features.shape


def test_auto_names_what_open_clip_names() -> None:
    model, tag = CLIP.removeprefix("clip:").split("/")
    assert repository(open_clip.get_pretrained_cfg(model, tag)) == (REPOSITORY, (SAFE, PICKLED))


@pytest.mark.parametrize("family", ["openai", "coca", "eva", "siglip", "mobileclip2"])
def test_bfloat16_stays_near(opened: Open, family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokcomp_cli.encoders.precision.cpu_flags", lambda: frozenset({"amx_bf16"}))
    case = opened(family)
    encoder = load_encoder(
        f"clip:local-dir:{case.folder}", precision="bfloat16", resolution=towers.RESOLUTION.get(family)
    )
    assert encoder.facts.dtype == "bfloat16"
    tokens = encoder.encode(case.rgb)
    for name in ("features", "pooled", "text_features", "keys", "saliency"):
        rough, exact = getattr(tokens, name), getattr(case.tokens, name)
        if exact is not None:
            assert rough.dtype == torch.float32
            assert float(F.cosine_similarity(rough, exact, dim=-1).mean()) > 0.99
    assert float(encoder.encode_text("a cat") @ case.encoder.encode_text("a cat")) > 0.99


def test_same_pictures_same_tokens(opened: Open) -> None:
    case = opened("vit")
    again = load_encoder(f"clip:local-dir:{case.folder}").encode(case.rgb)
    assert torch.equal(again.features, case.tokens.features)
    assert torch.equal(again.saliency, case.tokens.saliency)


@pytest.mark.parametrize("family", ["vit", "siglip", "mobileclip2"])
def test_threads_do_not_see_one_anothers_frames(opened: Open, family: str) -> None:
    case = opened(family)
    batches = [towers.frames(1, case.encoder.facts.input_size, seed=seed) for seed in range(24)]
    alone = [case.encoder.encode(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(case.encoder.encode, batches))
    for one, other in zip(alone, together, strict=True):
        for name in ("features", "saliency", "pooled", "text_features"):
            torch.testing.assert_close(getattr(one, name), getattr(other, name), atol=1e-5, rtol=1e-5)


def test_nothing_is_kept_from_a_pass(opened: Open) -> None:
    case = opened("vit")
    assert isinstance(case.encoder, ClipEncoder)
    case.encoder.encode(case.rgb)
    assert not any(hasattr(tap._of_thread, "passed") for tap in case.encoder._tower._taps)


def test_tokenizer_that_is_not_on_disk(tmp_path: Path, opened: Open) -> None:
    folder = Path(shutil.copytree(opened("vit").folder, tmp_path / "model"))
    stated = json.loads((folder / "open_clip_config.json").read_text())
    stated["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "nobody/nothing"
    (folder / "open_clip_config.json").write_text(json.dumps(stated))
    encoder = load_encoder(f"clip:local-dir:{folder}")
    with pytest.raises(EncoderError):
        encoder.encode_text("a cat")


def test_tokenizer_of_another_model(tmp_path: Path, opened: Open) -> None:
    folder = Path(shutil.copytree(opened("vit").folder, tmp_path / "model"))
    stated = json.loads((folder / "open_clip_config.json").read_text())
    stated["model_cfg"]["text_cfg"]["vocab_size"] = 100
    (folder / "open_clip_config.json").write_text(json.dumps(stated))
    save_file(
        {key: value.clone() for key, value in towers.model(stated["model_cfg"]).state_dict().items()},
        folder / WEIGHTS,
    )
    with pytest.raises(EncoderError, match="100"):
        load_encoder(f"clip:local-dir:{folder}").encode_text("a cat")
