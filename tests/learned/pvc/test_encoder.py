"""The encoder with PVC: identity, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tokcomp_cli.compress import find
from tokcomp_cli.core.tokens import grid_tokens
from tokcomp_cli.errors import EvidenceError, PlanError
from tokcomp_cli.learned.pvc.checkpoint import read_pvc, write_pvc
from tokcomp_cli.learned.pvc.encoder import PvcEncoder


@pytest.fixture(scope="module")
def rgb():
    return np.random.default_rng(0).integers(0, 255, (2, 80, 100, 3), dtype=np.uint8)


@pytest.fixture
def file(tmp_path, changed, card):
    path = tmp_path / "pvc.safetensors"
    write_pvc(path, changed, card)
    return path


def test_untrained_it_is_the_encoder_bit_for_bit_and_then_average_pooling(embedded, card, rgb):
    pvc, seconds = PvcEncoder(embedded, card.network(), card), torch.tensor([0.0, 0.5])
    plain = embedded.encode(rgb)
    assert torch.equal(pvc.full(rgb, seconds).features, plain.features)
    assert torch.equal(pvc.full(rgb, seconds).saliency, plain.saliency)
    short = pvc.encode(rgb, seconds)
    assert short.shape == (2, 64, 384)
    for frame in range(2):
        pooled = find("spatial", "pool").run(grid_tokens(plain.features[frame], (14, 14)), 64)
        torch.testing.assert_close(short[frame], pooled.features, atol=1e-3, rtol=1e-4)


def test_a_checkpoint_comes_back_with_its_card(file, changed, card, embedded, rgb):
    net, again = read_pvc(file)
    assert again == card
    assert all(torch.equal(value, changed.state_dict()[name]) for name, value in net.state_dict().items())
    seconds = torch.tensor([0.0, 0.5])
    found = PvcEncoder.of(file, embedded).encode(rgb, seconds)
    assert torch.equal(found, PvcEncoder(embedded, changed, card).encode(rgb, seconds))


def test_another_encoder_or_width_is_refused(file, card, changed, embedded, handcrafted, tmp_path):
    with pytest.raises(EvidenceError, match="trained on embedded, and handcrafted with other weights"):
        PvcEncoder.of(file, handcrafted)
    with pytest.raises(EvidenceError, match="grid of 14 x 14 tokens 384 wide, and the encoder gives 7 x 9"):
        PvcEncoder.of(file, embedded.at_grid((7, 9)))
    wide = tmp_path / "wide.safetensors"
    write_pvc(wide, replace(card, dim=8).network(), card)
    with pytest.raises(EvidenceError, match="this is another one"):
        read_pvc(wide)


def test_an_altered_file_and_what_is_no_checkpoint_are_refused(file, tmp_path):
    tensors = load_file(file)
    with safe_open(file, "pt") as opened:
        about = opened.metadata()
    tensors["time.0.bias"][0] += 1
    altered = tmp_path / "altered.safetensors"
    save_file(tensors, altered, about)
    with pytest.raises(EvidenceError, match="the PVC checkpoint was altered"):
        read_pvc(altered)
    card = json.loads(about["card"]) | {"num_keep": 49}
    save_file(load_file(file), altered, about | {"card": json.dumps(card)})
    with pytest.raises(EvidenceError, match="the PVC checkpoint was altered"):
        read_pvc(altered)
    with pytest.raises(EvidenceError, match="no PVC checkpoint is there; train one"):
        read_pvc(tmp_path / "missing.safetensors")


def test_a_budget_that_it_was_not_trained_at_is_refused(embedded, card, rgb):
    pvc = PvcEncoder(embedded, card.network(), card)
    with pytest.raises(PlanError, match="trained at 64 tokens a frame, and 49 were asked for"):
        pvc.encode(rgb, torch.tensor([0.0, 0.5]), num_keep=49)


def test_times_and_numbers_of_frames_that_do_not_fit_are_refused(embedded, card, rgb):
    pvc = PvcEncoder(embedded, card.network(), replace(card, frames=1))
    with pytest.raises(PlanError, match="clips of 1 frames, and 2 were given"):
        pvc.encode(rgb, torch.tensor([0.0, 0.5]))
    pvc = PvcEncoder(embedded, card.network(), card)
    for wrong in ([0.0], [0.5, 0.5]):
        with pytest.raises(PlanError, match="`seconds` takes a rising time for each of 2 frames"):
            pvc.encode(rgb, torch.tensor(wrong))
