from itertools import combinations

import numpy as np
import pytest

from tokcomp_cli.bench.rand_index import adjusted_rand_index


def by_pairs(one, other):
    """The index from every pair of things, beyond what the same group sizes give by chance."""
    pairs = list(combinations(range(len(one)), 2))
    in_one = [one[i] == one[j] for i, j in pairs]
    in_other = [other[i] == other[j] for i, j in pairs]
    both = sum(a and b for a, b in zip(in_one, in_other, strict=True))
    chance = sum(in_one) * sum(in_other) / len(pairs)
    return (both - chance) / ((sum(in_one) + sum(in_other)) / 2 - chance)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_a_count_of_all_pairs_gives(seed):
    random = np.random.default_rng(seed)
    one, other = random.integers(0, 4, 30).tolist(), random.integers(0, 3, 30).tolist()
    assert adjusted_rand_index(one, other) == pytest.approx(by_pairs(one, other))
    near = [*other[:-2], 7, 7]
    assert adjusted_rand_index(other, near) == pytest.approx(by_pairs(other, near))


def test_the_same_groups_are_1_whatever_their_names():
    assert adjusted_rand_index([0, 0, 1, 1, 2], list("xxyyz")) == 1
    assert adjusted_rand_index([0] * 9, [4] * 9) == 1
    assert adjusted_rand_index(range(9), range(9)) == 1
    assert adjusted_rand_index([0], [1]) == 1


def test_one_group_beside_many_is_chance():
    assert adjusted_rand_index([0] * 6, [0, 0, 0, 1, 1, 1]) == 0
    assert adjusted_rand_index([0, 0, 1, 1], [0, 1, 0, 1]) < 0


def test_groupings_of_different_things_are_refused():
    with pytest.raises(ValueError, match="3 and 2"):
        adjusted_rand_index([0, 0, 1], [0, 1])
