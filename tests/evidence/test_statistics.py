import numpy as np
import pytest
from scipy.stats import spearmanr

from tokcomp_cli.evidence.statistics import auc, over_pictures, pooled_auc, spearman


def slow_auc(figure, kept):
    pairs = [(a, b) for a in figure[kept] for b in figure[~kept]]
    return sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_the_share_of_pairs_in_the_right_order(seed):
    rng = np.random.default_rng(seed)
    figure, kept = rng.integers(0, 6, 40).astype(float), rng.random(40) < 0.4
    assert auc(figure, kept) == pytest.approx(slow_auc(figure, kept))


def test_a_weight_counts_as_so_many_copies():
    rng = np.random.default_rng(0)
    figure, kept, weight = rng.normal(size=30), rng.random(30) < 0.5, rng.integers(0, 4, 30)
    copies = np.repeat(np.arange(30), weight)
    assert auc(figure, kept, weight.astype(float)) == pytest.approx(slow_auc(figure[copies], kept[copies]))


def test_too_few_of_one_side_tell_nothing():
    assert np.isnan(auc(np.arange(10.0), np.arange(10) < 2))
    assert np.isnan(pooled_auc([(np.arange(10.0), np.arange(10) < 2, np.arange(10))], np.ones(10)))


@pytest.mark.parametrize("seed", range(3))
def test_spearman_is_scipys(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 5, 20), rng.normal(size=20)
    assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic)
    assert spearman([1, 1, 1], [1, 2, 3]) == 0


def test_an_interval_holds_its_mean_and_narrows_with_pictures():
    def interval(count):
        values = np.random.default_rng(1).random(count)
        return over_pictures(lambda weight: float(np.average(values, weights=weight)), count, seed=0)

    few, many = interval(20), interval(2000)
    assert few.low < few.mean < few.high
    assert many.high - many.low < (few.high - few.low) / 4
