import hashlib

import numpy as np
import pytest
import torch
from PIL import Image

from tokcomp_cli.core.frames import squash
from tokcomp_cli.encoders.embedded import INPUT, SHA256, WEIGHTS, EmbeddedEncoder
from tokcomp_cli.encoders.geometry import blank_frames
from tokcomp_cli.encoders.stored_weights import StoredWeights
from tokcomp_cli.errors import EncoderError


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(3).integers(0, 256, (2, 120, 160, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def pictures(samples):
    names = ("coffee.png", "text.png", "flower.jpg")
    return np.stack(
        [np.asarray(Image.open(samples / name).convert("RGB").resize((224, 224))) for name in names]
    )


def test_shipped_weights_are_the_ones_named_in_the_card():
    assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() == SHA256


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_tokens_equal_timm_and_class_attention_the_softmax_of_its_last_block(embedded, frames):
    import timm

    model = timm.create_model("vit_small_patch16_224", num_classes=0, init_values=1e-5)
    model.load_state_dict(dict(StoredWeights(WEIGHTS, sha256=SHA256)))
    model.eval()
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    inputs = (squash(frames, INPUT).float() / 255 - mean) / std
    seen = {}
    model.blocks[-1].attn.register_forward_pre_hook(lambda _module, given: seen.update(x=given[0]))
    with torch.no_grad():
        expected = model.forward_features(inputs)
        attention = model.blocks[-1].attn
        query, key, _ = attention.qkv(seen["x"]).view(2, 197, 3, 6, 64).permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(-1, -2) / 8).softmax(-1)[:, :, 0, 1:].mean(1)
    found = embedded.encode(frames)
    torch.testing.assert_close(found.features, expected[:, 1:], atol=1e-3, rtol=1e-4)
    torch.testing.assert_close(found.pooled, expected[:, 0], atol=1e-3, rtol=1e-4)
    torch.testing.assert_close(found.saliency, weights, atol=1e-5, rtol=1e-3)
    torch.testing.assert_close(found.keys, key.transpose(1, 2).flatten(2)[:, 1:], atol=1e-3, rtol=1e-4)


def test_batching_does_not_change_a_frame(embedded, frames):
    together = embedded.encode(frames).features
    apart = torch.cat([embedded.encode(frames[:1]).features, embedded.encode(frames[1:]).features])
    torch.testing.assert_close(together, apart, atol=1e-3, rtol=1e-4)


def test_altered_weights_are_refused(tmp_path):
    blob = bytearray(WEIGHTS.read_bytes())
    blob[-1] ^= 1
    altered = tmp_path / "weights.safetensors"
    altered.write_bytes(blob)
    with pytest.raises(EncoderError, match=SHA256[:12]):
        EmbeddedEncoder(altered)


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(EncoderError):
        EmbeddedEncoder(tmp_path / "gone.safetensors")


def test_shipped_blank_response_is_that_of_the_shipped_weights(embedded):
    computed = embedded.encode(blank_frames(INPUT)).features.mean(0)
    torch.testing.assert_close(embedded.blank, computed, atol=2e-3, rtol=1e-4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmbeddedEncoder, "encode", lambda *_: pytest.fail("the blank response was computed"))
        assert EmbeddedEncoder().blank.equal(embedded.blank)


def test_another_grid_has_a_blank_response_of_its_own(embedded):
    _ = embedded.blank
    assert embedded.at_grid((7, 9)).blank.shape == (63, 384)


@pytest.fixture(scope="module")
def halved():
    """Return the encoder in bfloat16, which any processor computes, some of them slowly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tokcomp_cli.encoders.precision.cpu_flags", lambda: frozenset({"avx512_bf16"}))
        return EmbeddedEncoder(precision="bfloat16")


def test_bfloat16_is_near_float32(embedded, halved, pictures):
    assert halved.facts.dtype == "bfloat16"
    exact, found = embedded.encode(pictures), halved.encode(pictures)
    for name in ("features", "pooled", "keys"):
        expected, got = getattr(exact, name), getattr(found, name)
        assert got.dtype is torch.float32
        centre = expected.mean(tuple(range(expected.ndim - 1)))
        assert (got - expected).norm() <= 0.02 * (expected - centre).norm()
    assert (found.saliency - exact.saliency).abs().max() <= 0.1 * exact.saliency.max()


def test_bfloat16_is_the_same_with_any_batch_and_number_of_threads(halved, pictures):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        apart = torch.cat([halved.encode(one[None]).features for one in pictures])
        torch.set_num_threads(2)
        together = halved.encode(pictures).features
    finally:
        torch.set_num_threads(before)
    centre = together.mean((0, 1))
    assert (together - apart).norm() <= 0.02 * (together - centre).norm()
