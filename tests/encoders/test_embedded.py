import hashlib

import numpy as np
import pytest
import torch

from tokcomp_cli.core.frames import squash
from tokcomp_cli.encoders.embedded import INPUT, SHA256, WEIGHTS, EmbeddedEncoder
from tokcomp_cli.encoders.stored_weights import StoredWeights
from tokcomp_cli.errors import EncoderError


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(3).integers(0, 256, (2, 120, 160, 3), dtype=np.uint8)


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
