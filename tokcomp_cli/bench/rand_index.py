"""How far two ways to group the same things agree."""

from collections import Counter
from collections.abc import Hashable, Sequence
from math import comb


def adjusted_rand_index(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Return the share of pairs on which two groupings agree, beyond chance: 1 is the same, 0 is chance.

    Where chance explains everything (one group in both, or every thing alone in both) they are the same: 1.

    Args:
        one: The group of each thing.
        other: The same by another grouping, equally long.

    Raises:
        ValueError: They are not equally long.

    Reference: Hubert and Arabie, Comparing partitions (Journal of Classification 2, 1985).
    """
    if len(one) != len(other):
        raise ValueError(f"two groupings of the same things were expected; got {len(one)} and {len(other)}")
    both = sum(comb(count, 2) for count in Counter(zip(one, other, strict=True)).values())
    in_one = sum(comb(count, 2) for count in Counter(one).values())
    in_other = sum(comb(count, 2) for count in Counter(other).values())
    pairs = comb(len(one), 2)
    by_chance = in_one * in_other / pairs if pairs else 0.0
    most = (in_one + in_other) / 2
    return 1.0 if most == by_chance else (both - by_chance) / (most - by_chance)
