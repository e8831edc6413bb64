import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokcomp_cli.encoders.geometry import fitted
from tokcomp_cli.fidelity.resolution import surviving


def seen(picture: np.ndarray, side: int) -> np.ndarray:
    return fitted(picture[None], (side, side))[0].permute(1, 2, 0).numpy()


def whole(picture: np.ndarray) -> tuple[float, float, float, float]:
    return (0.0, 0.0, float(picture.shape[1]), float(picture.shape[0]))


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_what_is_not_resized_survives_whole():
    picture = noise(32, 32)
    found = surviving(picture, picture, whole(picture))
    assert (found.gradient, found.contrast) == (1.0, 1.0)


def test_stripes_of_two_pixels_are_lost_and_broad_ones_survive():
    fine, broad = np.zeros((2, 256, 256, 3), np.uint8)
    fine[:, ::4] = fine[:, 1::4] = 255
    broad[:, 128:] = 255
    lost, kept = (surviving(one, seen(one, 32), whole(one)) for one in (fine, broad))
    assert lost.contrast < 0.01
    assert lost.gradient < 0.01
    assert kept.contrast > 0.95


def test_a_blank_picture_has_nothing_to_lose():
    blank = np.full((50, 90, 3), 77, np.uint8)
    found = surviving(blank, seen(blank, 8), whole(blank))
    assert (found.gradient, found.contrast) == (1.0, 1.0)


def test_what_is_cut_away_is_lost():
    picture = np.zeros((64, 128, 3), np.uint8)
    picture[8:56:8, :32] = 255
    middle = picture[:, 32:96]
    found = surviving(picture, middle, (32.0, 0.0, 96.0, 64.0))
    assert found.gradient == 0.0
    assert found.contrast < 0.7


def test_gradient_energy_is_that_of_a_slow_loop():
    picture = noise(6, 7)
    small = seen(picture, 4)
    back = cv2.resize(small, (7, 6), interpolation=cv2.INTER_CUBIC)

    def energy(rgb: np.ndarray) -> float:
        grey = np.pad(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) / 255.0, 1, mode="reflect")
        total = 0.0
        for y in range(1, grey.shape[0] - 1):
            for x in range(1, grey.shape[1] - 1):
                around = grey[y - 1 : y + 2, x - 1 : x + 2]
                across = (around[:, 2] - around[:, 0]) @ [1, 2, 1] / 8
                down = (around[2] - around[0]) @ [1, 2, 1] / 8
                total += across**2 + down**2
        return total

    expected = min(1.0, energy(back) / energy(picture))
    assert surviving(picture, small, whole(picture)).gradient == pytest.approx(expected, rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20), st.integers(0, 9))
def test_shares_lie_between_nothing_and_all(height, width, side, seed):
    picture = noise(height, width, seed)
    found = surviving(picture, seen(picture, side), whole(picture))
    assert 0 <= found.gradient <= 1
    assert 0 <= found.contrast <= 1
