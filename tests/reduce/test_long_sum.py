import torch

from tokcomp_cli.reduce.long_sum import FEW, LongSum


def test_sums_are_those_of_a_slow_loop_in_double_precision():
    generator = torch.Generator().manual_seed(3)
    rows = [torch.randn(5, 7, generator=generator) for _ in range(3 * FEW + 1)]
    times = [1 + at % 4 for at in range(len(rows))]
    total, products = LongSum(), LongSum()
    for at, (one, often) in enumerate(zip(rows, times, strict=True)):
        total.add(one, often)
        products.add_products(one, often)
        if at == 5:
            assert total.value.dtype is torch.float64  # Reading it in between changes nothing.
    expected = sum(often * one.double() for one, often in zip(rows, times, strict=True))
    torch.testing.assert_close(total.value, expected, rtol=1e-5, atol=1e-5)
    expected = sum(often * one.double() @ one.double().T for one, often in zip(rows, times, strict=True))
    torch.testing.assert_close(products.value, expected, rtol=1e-5, atol=1e-4)


def test_a_sum_goes_on_from_a_value_and_an_empty_one_is_empty():
    assert LongSum().value.numel() == 0
    one = LongSum(torch.full((2,), 2.0, dtype=torch.float64))
    one.add(torch.ones(2), 3)
    assert one.value.tolist() == [5.0, 5.0]


def test_many_addends_lose_nothing_to_single_precision():
    total = LongSum(torch.full((1,), 2.0**25, dtype=torch.float64))
    for _ in range(100):
        total.add(torch.ones(1), 1)
    assert float(total.value) == 2**25 + 100
