from collections import Counter

import numpy as np
import pytest

from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.detail.resolution_check import resolution
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.difficulty.ocr import Line
from tokcomp_cli.encoders.handcrafted import FACTS


class Reads:
    """Reads given numbers of words, the full picture first."""

    def __init__(self, *counts):
        self._counts = list(counts)

    def words(self, picture):
        return Counter(word for line in self.lines(picture) for word in line.words)

    def lines(self, picture):
        words = tuple(f"word{number}" for number in range(self._counts.pop(0)))
        return [Line(words, (112.0, 0.0, 336.0, 224.0))] if words else []


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


def test_words_are_lost_where_they_were_read():
    pictures = Pictures(FACTS)
    pictures.offer(ArrayPicture(np.full((448, 448, 3), 128, np.uint8)))
    (line,) = resolution(pictures.kept, FACTS, Reads(3, 1)).lines
    assert line.words == ("word0", "word1", "word2")
    assert line.lost == ("word1", "word2")
    assert line.box == (0.25, 0.0, 0.75, 0.5)
    pictures.offer(ArrayPicture(np.full((448, 448, 3), 128, np.uint8)))
    assert resolution(pictures.kept, FACTS, Reads(3, 1, 2, 2)).lines is None
