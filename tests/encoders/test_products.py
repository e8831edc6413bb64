import pytest
import torch
import torch.nn.functional as F

from tokcomp_cli.encoders.products import Product, attended


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(5)


@pytest.mark.parametrize("gelu", [False, True])
@pytest.mark.parametrize(("dtype", "far"), [(torch.float32, 1e-6), (torch.bfloat16, 6e-3)])
def test_product_is_the_linear_layer(generator, gelu, dtype, far):
    weight, bias, x = (torch.randn(shape, generator=generator) for shape in ((48, 32), (48,), (3, 7, 32)))
    expected = F.linear(x, weight, bias)
    expected = F.gelu(expected) if gelu else expected
    found = Product.of(weight, bias, dtype)(x, gelu=gelu)
    assert found.dtype is dtype
    assert (found.float() - expected).norm() <= far * expected.norm()


def test_product_without_onednn_rounds_alike(generator, monkeypatch):
    weight, bias, x = (torch.randn(shape, generator=generator) for shape in ((48, 32), (48,), (3, 7, 32)))
    packed = Product.of(weight, bias, torch.bfloat16)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    plain = Product.of(weight, bias, torch.bfloat16)
    assert not plain.packed
    torch.testing.assert_close(packed(x), plain(x), rtol=8e-3, atol=1e-2)


@pytest.mark.parametrize(("dtype", "far"), [(torch.float32, 1e-6), (torch.bfloat16, 1e-2)])
def test_attention_is_the_written_out_one_whatever_keys_have_in_common(generator, dtype, far):
    query, key, value = (torch.randn(2, 3, 11, 8, generator=generator) for _ in range(3))
    key = key + 20 * torch.randn(1, 3, 1, 8, generator=generator)
    query = query / 4
    rounded = [part.to(dtype) for part in (query, key, value)]
    exact = [part.float() for part in rounded]
    expected = ((exact[0] @ exact[1].transpose(-1, -2)).softmax(-1) @ exact[2]).transpose(1, 2).flatten(2)
    found = attended(*rounded)
    assert found.dtype is dtype
    assert (found.float() - expected).norm() <= far * expected.norm()
