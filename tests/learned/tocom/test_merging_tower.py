"""Merging inside the encoder: ratio 0 is the plain one, and a step is a slow loop."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tokcomp_cli.encoders.products import attended
from tokcomp_cli.errors import PlanError
from tokcomp_cli.learned.tocom.adapters import Adapters
from tokcomp_cli.learned.tocom.merging_tower import Groups, MergingTower, num_tokens


@pytest.fixture(scope="module")
def rgb():
    coarse = torch.rand(2, 3, 14, 14, generator=torch.Generator().manual_seed(3)) * 255
    return F.interpolate(coarse, 224, mode="bicubic").clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()


@pytest.fixture(scope="module")
def tower(embedded):
    return MergingTower(embedded)


def read(tower, rgb, ratio, changes=()):
    with torch.no_grad():
        return tower(tower.normalised(rgb), ratio, changes)


def test_ratio_0_is_the_plain_encoder_bit_for_bit(embedded, tower, rgb):
    plain, found = embedded.encode(rgb), read(tower, rgb, 0)
    assert torch.equal(found.features, plain.features)
    assert torch.equal(found.pooled, plain.pooled)
    assert torch.equal(found.saliency, plain.saliency)
    assert torch.equal(found.owner, torch.arange(196).expand(2, -1))
    assert torch.equal(found.spread(), plain.features)


@pytest.mark.parametrize("ratio", [0, 8])
def test_zero_adapters_change_nothing_bit_for_bit(tower, rgb, ratio):
    without, zero = read(tower, rgb, ratio), read(tower, rgb, ratio, Adapters().between(3, 11))
    for name in ("features", "pooled", "saliency", "owner"):
        assert torch.equal(getattr(without, name), getattr(zero, name))


def test_adapters_that_are_not_zero_change_the_tokens(tower, rgb):
    adapters = Adapters()
    torch.nn.init.normal_(adapters.up, std=0.05)
    assert not torch.equal(read(tower, rgb, 0).features, read(tower, rgb, 0, adapters.between(0, 4)).features)


@pytest.mark.parametrize(("ratio", "count"), [(4, 148), (8, 100), (16, 10), (40, 1)])
def test_every_patch_has_one_token_and_every_token_a_patch(tower, rgb, ratio, count):
    found = read(tower, rgb[:1], ratio)
    assert num_tokens(ratio) == found.features.shape[1] == count
    assert torch.bincount(found.owner[0]).min() >= 1
    assert len(torch.bincount(found.owner[0])) == count
    assert found.features.isfinite().all()
    assert found.saliency.sum() < 1  # the class token looks at itself, too


def test_a_picture_does_not_depend_on_the_others(tower, rgb):
    together, apart = read(tower, rgb, 8), [read(tower, rgb[at : at + 1], 8) for at in range(2)]
    torch.testing.assert_close(
        together.spread(), torch.cat([one.spread() for one in apart]), atol=1e-3, rtol=1e-3
    )


def test_a_step_is_a_slow_loop():
    draw = torch.Generator().manual_seed(1)
    tokens, metric = torch.randn(1, 9, 5, generator=draw), torch.randn(1, 8, 3, generator=draw)
    sizes = torch.tensor([[1.0, 2, 1, 3, 1, 1, 2, 1]])
    owner = torch.repeat_interleave(torch.arange(8), sizes[0].long())[None]
    merged, groups = Groups(sizes, owner).merge(tokens, metric, 2)

    best = []
    for source in range(0, 8, 2):
        cosines = {
            target: float(F.cosine_similarity(metric[0, source], metric[0, target], dim=0))
            for target in range(1, 8, 2)
        }
        target = max(cosines, key=cosines.get)
        best.append((cosines[target], source, target))
    best.sort(reverse=True)
    into = {source: target for _, source, target in best[:2]}
    order = [source for _, source, _ in best[2:]] + [1, 3, 5, 7]
    for place, token in enumerate(order):
        members = [token, *[source for source, target in into.items() if target == token]]
        size = sum(float(sizes[0, one]) for one in members)
        mean = sum(tokens[0, 1 + one] * sizes[0, one] for one in members) / size
        torch.testing.assert_close(merged[0, 1 + place], mean)
        assert groups.sizes[0, place] == size
        assert {int(one) for one in owner[0][groups.owner[0] == place]} == set(members)
    assert torch.equal(merged[:, 0], tokens[:, 0])
    assert groups.sizes.sum() == 12


def test_proportional_attention_is_attention_to_every_copy():
    draw = torch.Generator().manual_seed(2)
    query, key, value = (torch.randn(1, 2, 4, 3, generator=draw) for _ in range(3))
    groups = Groups(torch.tensor([[2.0, 1, 3]]), torch.zeros(1, 6, dtype=torch.int64))
    copies = torch.tensor([0, 1, 1, 2, 3, 3, 3])
    expected = attended(query, key[:, :, copies], value[:, :, copies])
    torch.testing.assert_close(attended(query, key, value, groups.bias()), expected)


def test_bfloat16_is_near_float32(embedded, tower, rgb):
    half = MergingTower(embedded, torch.bfloat16)
    assert half.precision == "bfloat16"
    exact, found = read(tower, rgb, 0).features, read(half, rgb, 0).features
    assert (found - exact).norm() < 0.05 * (exact - exact.mean((0, 1))).norm()
    merged = read(half, rgb, 8)
    assert merged.features.dtype is merged.pooled.dtype is merged.saliency.dtype is torch.float32


def test_wrong_ratios_and_encoders_are_refused(tower, rgb, monkeypatch):
    with pytest.raises(PlanError, match="at least 0; got -1"):
        read(tower, np.zeros((1, 224, 224, 3), np.uint8), -1)
    from dataclasses import replace

    encoder = tower.encoder
    monkeypatch.setattr(encoder, "facts", replace(encoder.facts, dtype="bfloat16"))
    with pytest.raises(PlanError, match="float32; got bfloat16"):
        MergingTower(encoder)
