import numpy as np
import pytest

from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.detail.sampled_pictures import LONG_SIDE, MOST_PICTURES, Pictures
from tokcomp_cli.encoders.handcrafted import FACTS


def kept(count: int) -> list[int]:
    pictures = Pictures(FACTS)
    for level in range(count):
        pictures.offer(ArrayPicture(np.full((4, 6, 3), level, np.uint8)))
    return [int(picture.rgb[0, 0, 0]) for picture in pictures.kept]


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 16, 17, 100, 255])
def test_pictures_are_evenly_spread_and_never_more_than_eight(count):
    found = kept(count)
    steps = set(np.diff(found).tolist())
    assert found[0] == 0
    assert len(steps) <= 1
    assert min(count, MOST_PICTURES // 2) <= len(found) <= MOST_PICTURES


def test_nothing_is_kept_where_nobody_asked():
    pictures = Pictures()
    pictures.offer(ArrayPicture(np.zeros((4, 4, 3), np.uint8)))
    assert not pictures.kept


def test_a_kept_picture_is_bounded_and_no_view_of_a_decoder_buffer():
    pictures, frame = Pictures(FACTS), np.full((10, 3 * LONG_SIDE, 3), 9, np.uint8)
    small = np.full((5, 5, 3), 9, np.uint8)
    pictures.offer(ArrayPicture(frame))
    pictures.offer(ArrayPicture(small))
    small[:] = 0
    large, little = pictures.kept
    assert large.rgb.shape[1] == LONG_SIDE
    assert large.source == (0, 0, LONG_SIDE, large.rgb.shape[0])
    assert (little.rgb == 9).all()
    assert large.seen.shape == (*FACTS.input_size, 3)
