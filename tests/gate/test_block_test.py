import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from tokcomp_cli.gate.block_test import SMALL, _block_means, blocks, difference

SIDE = 224


def scene(seed: int = 0) -> np.ndarray:
    """Return a picture with smooth parts, edges and texture."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE]
    grey = 90 + 40 * np.sin(x / 37) + 30 * (y > 120) + rng.normal(0, 3, (SIDE, SIDE))
    grey[150:, 100:] += 25 * (((x[150:, 100:] // 6) + (y[150:, 100:] // 6)) % 2)
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return difference(blocks(one), blocks(other))


def noisy(picture: np.ndarray, level: float) -> np.ndarray:
    noise = np.random.default_rng(5).normal(0, level, picture.shape)
    return (picture + noise).clip(0, 255).astype(np.uint8)


def with_square(picture: np.ndarray, left: int, top: int, side: int, level: int) -> np.ndarray:
    changed = picture.copy()
    changed[top : top + side, left : left + side] = level
    return changed


def test_the_same_picture_and_a_little_noise_are_near_identical():
    assert apart(scene(), scene()) == 0
    assert apart(scene(), noisy(scene(), 1.5)) <= 1


@pytest.mark.parametrize("side", [6, 8, 12])
@pytest.mark.parametrize("place", [(20, 20), (100, 60), (180, 40), (40, 180)])
def test_a_small_bright_thing_that_moves_differs(side, place):
    left, top = place
    moved = with_square(scene(), left + 14, top, side, 255)
    assert apart(with_square(scene(), left, top, side, 255), moved) > 1
    assert apart(scene(), moved) > 1


def test_red_and_green_of_equal_luma_differ():
    red, green = np.zeros((SIDE, SIDE, 3), np.uint8), np.zeros((SIDE, SIDE, 3), np.uint8)
    red[...] = 170, 0, 0
    green[...] = 0, 87, 0
    assert abs(int(blocks(red).planes[0, 0, 0]) - int(blocks(green).planes[0, 0, 0])) <= 1
    assert apart(red, green) > 1


def test_a_step_of_brightness_differs_and_a_fade_differs_before_it_is_seen_as_one():
    assert apart(scene(), (scene() * 0.7).astype(np.uint8)) > 1
    title = with_square(np.zeros((SIDE, SIDE, 3), np.uint8), 60, 100, 60, 255)
    levels = [apart(title, (title * share).astype(np.uint8)) for share in (1.0, 0.9, 0.7, 0.5)]
    assert levels[0] == 0
    assert levels == sorted(levels)
    assert levels[1] > 1


def test_a_title_that_fades_in_on_a_dark_ground_differs_at_a_few_levels():
    dark = np.full((SIDE, SIDE, 3), 16, np.uint8)
    assert apart(dark, with_square(dark, 80, 100, 40, 21)) > 1
    assert apart(scene(), (scene() + np.uint8(3))) <= 1


def test_text_that_scrolls_by_a_line_differs():
    rng = np.random.default_rng(1)
    page = np.full((SIDE * 2, SIDE), 250, np.uint8)
    for top in range(4, 2 * SIDE - 8, 12):
        page[top : top + 7] = np.where(rng.random((7, SIDE)) < 0.4, 30, 250)
    views = [np.repeat(page[at : at + SIDE, :, None], 3, axis=2) for at in (0, 1, 12)]
    assert apart(views[0], views[1]) > 1
    assert apart(views[0], views[2]) > 1


@settings(max_examples=25, deadline=None)
@given(arrays(np.uint8, (32, 48, 3)), arrays(np.uint8, (32, 48, 3)))
def test_order_does_not_matter_and_a_picture_equals_itself(one, other):
    assert apart(one, other) == pytest.approx(apart(other, one))
    assert apart(one, one) == 0


def test_a_picture_smaller_than_a_block_is_one_block():
    assert apart(np.zeros((4, 5, 3), np.uint8), np.full((4, 5, 3), 255, np.uint8)) > 1


@pytest.mark.parametrize("size", [(32, 48), (8, 8)])
def test_means_of_blocks_are_those_of_a_slow_loop(size):
    planes = np.random.default_rng(2).integers(0, 256, (*size, 3), dtype=np.uint8)
    expected = [
        [planes[y : y + SMALL, x : x + SMALL].mean((0, 1)) for x in range(0, size[1], SMALL)]
        for y in range(0, size[0], SMALL)
    ]
    np.testing.assert_allclose(_block_means(planes), expected, rtol=1e-6)
