"""Adapters learn from the encoder's own tokens; what is interrupted goes on to the same result."""

from dataclasses import replace

import pytest
import torch

from tests.learned.tocom.conftest import CARD
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.learned.tocom import distil
from tokcomp_cli.learned.tocom.adapters import Adapters
from tokcomp_cli.learned.tocom.distil import DistilLoss, fit, lost


def loss_at(small, adapters, pictures, source, target) -> float:
    with torch.no_grad():
        loss = DistilLoss(small, adapters, pictures, small.encoder.blank)
        return float(loss.between(torch.arange(len(pictures)), source, target))


def test_the_loss_falls_both_ways_and_the_encoder_stays(small, pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(distil, "RATE", 1e-3)  # few steps
    before = [block.qkv.weight.clone() for block in small.encoder.tower.blocks]
    adapters, card = fit(small, pictures, replace(CARD, epochs=16), tmp_path)
    untrained = Adapters(4)
    for source, target in ((0, 4), (4, 0)):
        assert loss_at(small, adapters, pictures, source, target) < 0.99 * loss_at(
            small, untrained, pictures, source, target
        )
    assert all(
        torch.equal(block.qkv.weight, one)
        for block, one in zip(small.encoder.tower.blocks, before, strict=True)
    )
    assert card.minutes >= 0


def test_what_is_the_same_costs_nothing(small, pictures):
    with torch.no_grad():
        found = small(small.normalised(pictures), 2)
    assert lost(found, found, small.encoder.blank) < 1e-5


def test_two_different_ratios_are_drawn(small, pictures, monkeypatch):
    seen = set()
    monkeypatch.setattr(DistilLoss, "between", lambda _self, _chosen, *pair: seen.add(pair))
    loss, draw = DistilLoss(small, Adapters(4), pictures, small.encoder.blank), torch.Generator()
    for _ in range(300):
        loss(torch.arange(2), draw)
    assert seen == {(one, other) for one in range(5) for other in range(5) if one != other}


def test_an_interrupted_training_goes_on_to_the_same_result(small, pictures, tmp_path):
    whole, _ = fit(small, pictures, CARD, tmp_path / "whole")
    assert fit(small, pictures, CARD, tmp_path / "halves", minutes=0) is None
    halves, _ = fit(small, pictures, CARD, tmp_path / "halves", minutes=0)
    assert torch.equal(whole.up, halves.up)
    assert torch.equal(whole.down, halves.down)
    assert whole.up.any()
    with pytest.raises(EvidenceError, match="another training is there"):
        fit(small, pictures, replace(CARD, seed=1), tmp_path / "halves")


def test_too_little_memory_is_said(small, pictures, tmp_path, monkeypatch):
    def full(*_given):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(distil.DistilLoss, "__call__", full)
    with pytest.raises(EvidenceError, match=r"memory does not suffice .*; end other programs"):
        fit(small, pictures, CARD, tmp_path)
