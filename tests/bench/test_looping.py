from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.media.clips import FRAMES, LATE, VFR, X264, Clip, number_shown, write
from tokcomp_cli.bench import looping
from tokcomp_cli.bench.looping import looped
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.open import open_media

CLIPS = (
    Clip("b_frames.mp4", options=X264),
    Clip("late.mkv", options=X264, times=LATE),
    Clip("uneven.mp4", options=X264, times=VFR),
    Clip("old.avi", codec="mpeg4"),
    Clip("moving.ts", codec="mpeg2video"),
)


def shown(path):
    with closing(open_media(str(path))) as media:
        count = len(media.pts_seconds)
        batches = media.frames(np.arange(count), scaled=(((32, 32), "area"),))
        return [picture.rgb() for batch in batches for picture in batch.pictures], media.pts_seconds


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_a_looped_clip_shows_the_same_pictures_at_rising_times(clip, tmp_path):
    path = write(clip, tmp_path)
    once, times = shown(path)
    with looped(str(path), 3) as found:
        pictures, later = shown(found.path)
        assert found.loops == 3
        assert found.path != str(path)
    assert len(pictures) == 3 * len(once) == 3 * FRAMES
    assert [number_shown(one) for one in pictures] == [*range(FRAMES)] * 3
    assert all((one == once[at % FRAMES]).all() for at, one in enumerate(pictures))
    gaps = np.diff(later)
    assert (gaps > 0).all()
    assert gaps[FRAMES - 1] <= 2.1 * np.median(np.diff(times))  # no hole where a showing begins
    assert not Path(found.path).parent.exists()


def test_once_is_the_clip_itself(tmp_path):
    path = write(CLIPS[0], tmp_path)
    with looped(str(path), 1) as found:
        assert found.path == str(path)
    assert path.exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_nothing_is_left_after_an_error_or_an_interrupt(error, tmp_path):
    path = write(CLIPS[0], tmp_path)
    with pytest.raises(error), looped(str(path), 2) as found:  # noqa: PT012 both have to be inside
        assert Path(found.path).exists()
        raise error
    assert not Path(found.path).parent.exists()


def test_what_its_container_does_not_hold_is_looped_into_matroska(tmp_path, monkeypatch):
    path = write(CLIPS[0], tmp_path)
    monkeypatch.setitem(looping.MUXERS, "mov", ("wav", ".wav"))
    with looped(str(path), 2) as found:
        assert found.path.endswith(".mkv")
        assert len(shown(found.path)[0]) == 2 * FRAMES


def test_packets_that_cannot_be_repeated_are_one_sentence(tmp_path, monkeypatch):
    path = write(CLIPS[0], tmp_path)
    monkeypatch.setattr(looping, "_shows", lambda *_: False)
    with pytest.raises(MediaError, match=r"b_frames\.mp4: the clip is too short"), looped(str(path), 2):
        pass
