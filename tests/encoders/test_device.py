"""The forward pass runs where it is told. There is no GPU here, so torch's default device is set to `meta`,
which holds no values: a tensor that is made on the default device makes the result wrong or the pass fail."""

from contextlib import contextmanager

import numpy as np
import pytest
import torch

from tests.helpers import towers
from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.errors import PlanError


@contextmanager
def elsewhere():
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


def assert_equal(found, wanted):
    for name in ("features", "saliency", "pooled", "keys", "text_features"):
        one, other = getattr(found, name), getattr(wanted, name)
        assert (one is None) == (other is None)
        if one is not None:
            assert (one.device.type, one.dtype) == ("cpu", torch.float32)
            # torch leaves the fast path of its attention where a default device is set
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ["embedded", "handcrafted"])
def test_shipped_encoders_use_no_default_device(name):
    rgb = np.random.default_rng(3).integers(0, 256, (2, 120, 160, 3), dtype=np.uint8)
    usual = load_encoder(name)
    with elsewhere():
        encoder = load_encoder(name, device="cpu")
        found, blank = encoder.encode(rgb), encoder.blank
    assert encoder.facts.device == "cpu"
    assert_equal(found, usual.encode(rgb))
    assert torch.equal(blank, usual.blank)


def test_another_grid_uses_no_default_device(embedded):
    rgb = np.random.default_rng(3).integers(0, 256, (1, 120, 160, 3), dtype=np.uint8)
    with elsewhere():
        found = embedded.at_grid((7, 9)).encode(rgb)
    assert_equal(found, embedded.at_grid((7, 9)).encode(rgb))


@pytest.mark.parametrize("family", towers.FAMILIES)
def test_towers_use_no_default_device(opened, family):
    case = opened(family)
    with elsewhere():
        found = case.encoder.encode(case.rgb)
    assert_equal(found, case.tokens)


@pytest.mark.parametrize("name", ["embedded", "handcrafted"])
@pytest.mark.parametrize("device", ["cuda:9", "abacus"])
def test_a_device_that_is_not_there(name, device):
    with pytest.raises(PlanError, match=f"`device` {device}"):
        load_encoder(name, device=device)
