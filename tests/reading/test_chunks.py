"""Frames in, chunks out: nothing is lost, order is kept, batches are full."""

from collections.abc import Iterator

import numpy as np
import pytest

from tokcomp_cli.core.frames import FrameBatch, array_pictures
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.gate.gate import CHECKED_SHARE, LEAST_CHECKED, Gate
from tokcomp_cli.reading.chunks import Chunk, chunks


def clip(levels: list[int], size: int) -> Iterator[FrameBatch]:
    """Yield plain pictures of grey levels, so many a batch."""
    for start in range(0, len(levels), size):
        index = np.arange(start, min(start + size, len(levels)))
        rgb = np.stack([np.full((32, 32, 3), levels[at], np.uint8) for at in index])
        yield FrameBatch(array_pictures(rgb), index / 10.0, index * 3)


def made(
    levels: list[int], *, most: int = 4, size: int = 3, mode: str = "auto", seed: int = 0
) -> list[Chunk]:
    def whole(picture):
        return picture.rgb()

    return list(chunks(clip(levels, size), whole, Gate(mode), Clock(), most=most, seed=seed))


def frames_of(found: list[Chunk]) -> list[tuple[int, int]]:
    """Return for each frame its number in the file and the grey level whose tokens it takes."""
    levels: list[int] = []
    for chunk in found:
        levels += levels[-1:] * chunk.leading
        for picture, copies in zip(chunk.pictures, chunk.copies, strict=True):
            levels += [int(picture.rgb()[0, 0, 0])] * (1 + copies)
    return list(zip([number for chunk in found for number in chunk.frame_index], levels, strict=True))


SHOTS = [10] * 9 + [200] * 30 + [90] + [10] * 25


def test_every_frame_comes_once_with_the_tokens_of_its_like():
    for most, size in ((1, 1), (4, 3), (8, 16)):
        found = made(SHOTS, most=most, size=size)
        assert frames_of(found) == [(3 * at, level) for at, level in enumerate(SHOTS)]
        times = [seconds for chunk in found for seconds in chunk.pts_seconds]
        assert times == pytest.approx([at / 10 for at in range(len(SHOTS))])


def test_off_encodes_every_frame_in_full_batches():
    found = made(SHOTS, mode="off")
    assert [len(chunk.inputs) for chunk in found] == [4] * 16 + [1]
    assert all(not chunk.skipped and not chunk.leading for chunk in found)


def test_batches_are_full_across_merged_frames():
    levels = [level for level in range(0, 240, 24) for _ in range(4)]
    found = made(levels)
    assert sum(len(chunk.pictures) for chunk in found) == 10
    assert all(len(chunk.inputs) == 4 for chunk in found[:-1])


def test_at_least_eight_skipped_frames_are_checked_and_the_same_ones_for_any_batch():
    for length in (5, 12, 65, 600):
        drawn = []
        for most, size in ((1, 1), (4, 3), (8, 16)):
            found = made([50] * length, most=most, size=size)
            checked = [one for chunk in found for one in chunk.checked]
            drawn.append(sorted(one.ordinal for one in checked))
            assert len(set(drawn[-1])) == len(drawn[-1])
            assert 0 not in drawn[-1]
        assert drawn[0] == drawn[1] == drawn[2]
        assert len(drawn[0]) >= min(LEAST_CHECKED, length - 1)
    assert len(drawn[0]) == pytest.approx(CHECKED_SHARE * 600, abs=15)
    other = [one.ordinal for chunk in made([50] * 600, seed=1) for one in chunk.checked]
    assert sorted(other) != drawn[0]


def test_a_checked_frame_is_encoded_behind_the_chunks_own():
    for chunk in made(SHOTS * 3):
        assert len(chunk.inputs) == len(chunk.pictures) + len(chunk.checked)
        for at, picture in enumerate(chunk.pictures):
            assert np.array_equal(chunk.inputs[at], picture.rgb())


def test_a_long_still_stretch_comes_in_bounded_chunks():
    found = made([50] * 1000)
    assert max(len(chunk.frame_index) for chunk in found) <= 65
