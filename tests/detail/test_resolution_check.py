from collections import Counter

import numpy as np
import pytest

from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.detail.resolution_check import resolution
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.encoders.handcrafted import FACTS


class Reads:
    """Reads given numbers of words, the full picture first."""

    def __init__(self, *counts):
        self._counts = list(counts)

    def words(self, picture):
        return Counter(f"word{number}" for number in range(self._counts.pop(0)))


@pytest.mark.parametrize(
    ("full", "left", "text", "bound"),
    [
        (714, 9, 1.0, True),
        (93, 90, 1.0, False),
        (4, 2, 0.1, False),
        (3, 1, 0.1, True),
        (1, 0, 0.65, True),
        (1, 0, 0.1, False),
        (1, 1, 0.65, False),
        (0, 0, 0.9, False),
    ],
)
def test_the_resize_decides_where_most_words_are_lost_and_the_note_counts_them(full, left, text, bound):
    pictures = Pictures(FACTS)
    pictures.offer(ArrayPicture(np.full((448, 448, 3), 128, np.uint8)))
    found = resolution(pictures.kept, FACTS, Reads(full, left), text=text)
    assert (found.words_full, found.words_encoder, found.bound) == (full, left, bound)
    assert (f"{left} of {full} word" in found.note) is (full > 0)
    assert ("no words" in found.note) is (full == 0)
