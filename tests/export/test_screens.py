import cv2
import numpy as np
import pytest

from tests.export.clips import page
from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.export.screens import Screens


def began(pictures, reader=None):
    screens = Screens(reader)
    return [screens.next(ArrayPicture(one)).began for one in pictures]


def test_a_screen_is_told_by_its_second_frame():
    shown = [page(seed) for seed in (1, 1, 2, 2, 2, 3, 3)]
    assert began(shown) == [False, False, False, True, False, False, True]


def test_one_line_of_writing_is_enough():
    first, second = page(1).copy(), page(1).copy()
    second[100:120] = page(2)[100:120]
    assert began([first, first, second, second]) == [False, False, False, True]


def test_what_moves_is_no_writing():
    random = np.random.default_rng(0)
    shown = []
    for at in range(6):
        picture = page(1).copy()
        picture[300:400, 400:500] = random.integers(0, 255, (100, 100, 3))  # a face in a corner
        picture[20:28, 20 + 9 * at : 26 + 9 * at] = 255  # a pointer
        shown.append(picture)
    assert not any(began(shown))


def test_a_photo_is_no_screen(samples):
    photo = cv2.cvtColor(cv2.imread(str(samples / "flower.jpg")), cv2.COLOR_BGR2RGB)
    other = np.ascontiguousarray(photo[:, ::-1])
    assert not any(began([photo, photo, other, other]))


class Words:
    def __init__(self, *found):
        self.found = list(found)

    def words(self, rgb):
        from collections import Counter

        return Counter(self.found.pop(0))


def test_with_words_a_smaller_change_is_enough():
    first, second = page(1).copy(), page(1).copy()
    second[60:80, 110:136] = page(2)[60:80, 110:136]
    assert not any(began([first, first, second, second]))
    assert began([first, first, second, second], Words(["page", "one"], ["page", "two"]))[-1]
    assert not began([first, first, second, second], Words(["page", "one"], ["page", "one"]))[-1]


def blank(picture):
    return Screens().next(ArrayPicture(np.ascontiguousarray(picture))).blank


@pytest.mark.parametrize("grey", [0, 90, 255])
def test_one_grey_all_over_shows_nothing(grey):
    plain = np.full((360, 640, 3), grey, np.uint8)
    noise = np.random.default_rng(0).integers(-1, 2, plain.shape)
    assert blank(plain)
    assert blank(np.clip(plain + noise, 0, 255).astype(np.uint8))


def test_a_colour_a_word_a_slope_and_a_dim_picture_show_something():
    red, word, slope = (np.zeros((360, 640, 3), np.uint8) for _ in range(3))
    red[:] = (60, 10, 10)
    word[100:120, 200:240] = page(1)[60:80, 110:150]
    slope[:] = np.linspace(0, 60, 640)[None, :, None]
    assert not any(blank(one) for one in (red, word, slope, page(1) // 20))


@pytest.mark.parametrize("size", [(1, 1), (7, 3000), (480, 640)])
def test_any_size_is_looked_at(size):
    assert not any(began([np.zeros((*size, 3), np.uint8)] * 3))
