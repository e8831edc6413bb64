import numpy as np
import pytest
from scipy.stats import spearmanr

from tokcomp_cli.core.bootstrap import rank_correlations
from tokcomp_cli.evidence.statistics import auc, draws, interval, pooled_auc


def slow_auc(figure, kept):
    pairs = [(a, b) for a in figure[kept] for b in figure[~kept]]
    return sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_the_share_of_pairs_in_the_right_order(seed):
    rng = np.random.default_rng(seed)
    figure, kept = rng.integers(0, 6, 40).astype(float), rng.random(40) < 0.4
    assert auc(figure, kept, np.ones((1, 40)))[0] == pytest.approx(slow_auc(figure, kept))


def test_a_weight_counts_as_so_many_copies():
    rng = np.random.default_rng(0)
    figure, kept, weight = rng.normal(size=30), rng.random(30) < 0.5, rng.integers(0, 4, 30)
    copies = np.repeat(np.arange(30), weight)
    assert auc(figure, kept, weight[None].astype(float))[0] == pytest.approx(
        slow_auc(figure[copies], kept[copies])
    )


def test_too_few_of_one_side_tell_nothing():
    cell = np.arange(10.0), np.arange(10) < 2
    assert np.isnan(auc(*cell, np.ones((1, 10)))[0])
    found = pooled_auc([(*cell, np.arange(10))], draws(10, seed=0, resamples=3))
    assert np.isnan(found).all()
    assert np.isnan(interval(found).mean)


def test_cells_count_as_their_scarcer_side():
    rng = np.random.default_rng(3)
    cells = [(rng.normal(size=n), rng.random(n) < 0.3, rng.integers(0, 30, n)) for n in (40, 90)]
    sides = [min(kept.sum(), (~kept).sum()) for _, kept, _ in cells]
    expected = np.average([slow_auc(figure, kept) for figure, kept, _ in cells], weights=sides)
    assert pooled_auc(cells, np.ones((1, 30)))[0] == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_spearman_is_scipys(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 5, 20), rng.normal(size=20)
    found = rank_correlations(np.array([x, np.ones(20)]), np.array([y, y]))
    assert found == pytest.approx([spearmanr(x, y).statistic, 0])


def test_an_interval_holds_its_mean_and_narrows_with_pictures():
    def of(count):
        values = np.random.default_rng(1).random(count)
        return interval(draws(count, seed=0) @ values / count)

    few, many = of(20), of(2000)
    assert few.low < few.mean < few.high
    assert many.high - many.low < (few.high - few.low) / 4
