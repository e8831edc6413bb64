import numpy as np

from tests.gate.test_block_test import noisy, scene
from tokcomp_cli.gate.gate import Gate, Lots, Lowest


def decisions(mode: str, frames: list[np.ndarray]) -> list[bool]:
    gate = Gate(mode)
    return [gate.skips(frame) for frame in frames]


def test_off_skips_nothing_and_the_first_frame_is_never_skipped():
    frames = [scene()] * 3
    assert decisions("off", frames) == [False, False, False]
    assert decisions("auto", frames) == [False, True, True]


def test_strict_skips_no_frame_that_auto_does_not():
    frames = [noisy(scene(), level) for level in np.linspace(0, 20, 12)]
    auto, strict = decisions("auto", frames), decisions("strict", frames)
    assert sum(strict) <= sum(auto)
    assert sum(auto) > 0


def test_a_slow_drift_adds_up_against_the_encoded_frame():
    frames = [(scene() * (1 - 0.004 * step)).astype(np.uint8) for step in range(100)]
    skipped = decisions("auto", frames)
    assert skipped[1]
    assert 3 <= skipped.count(False) < 60


def test_flicker_between_two_pictures_is_encoded_each_time():
    bright = (scene() * 1.4).clip(0, 255).astype(np.uint8)
    assert not any(decisions("auto", [scene(), bright] * 4))


def test_lots_are_drawn_by_the_seed():
    one, same, other = Lots(seed=3), Lots(seed=3), Lots(seed=4)
    drawn = [one.draw() for _ in range(50)]
    assert drawn == [same.draw() for _ in range(50)]
    assert drawn != [other.draw() for _ in range(50)]
    assert all(0 <= rank < 1 for rank in drawn)


def test_one_of_each_twenty_frames_is_checked_wherever_it_is():
    lots = Lots(seed=5)
    ranks = np.array([[lots.draw() for _ in range(20)] for _ in range(200)])
    assert ((ranks < 0.05).sum(1) == 1).all()
    places = np.bincount((ranks < 0.05).argmax(1), minlength=20)
    assert places.min() >= 1
    assert 0.45 < ranks[:, 0].mean() < 0.55


def test_lowest_keeps_the_eight_lowest_ranks_in_their_order():
    ranks = np.random.default_rng(0).random(100)
    lowest = Lowest[int]()
    for at, rank in enumerate(ranks):
        lowest.offer(float(rank), at)
    assert lowest.above(0.0) == sorted(np.argsort(ranks)[:8].tolist())
    limit = float(np.sort(ranks)[3])
    assert lowest.above(limit) == sorted(np.argsort(ranks)[3:8].tolist())
