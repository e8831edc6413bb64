"""Pictures of what an encoder saw, read again; and what is said where they cannot be."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.helpers.results import make_clip, make_photo
from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.media.open import probe
from tokcomp_cli.report.frame_pictures import frame_pictures, page_picture, picture_at


def seen_photo(path):
    photo = make_photo()
    return replace(photo, media=probe(str(path)), recommendation=None)


def test_a_photo_has_its_picture(samples):
    found = frame_pictures(seen_photo(samples / "flower.jpg"))
    assert found.without is None
    shown = Image.open(BytesIO(found.pictures[0].jpeg))
    assert shown.size == (640, 427)
    assert found.pictures[0].aspect == pytest.approx(640 / 427, abs=0.01)


def test_a_file_that_is_gone_or_has_changed_is_said(samples, tmp_path):
    photo = seen_photo(samples / "flower.jpg")
    gone = replace(photo, media=replace(photo.media, path=str(tmp_path / "gone.jpg")))
    assert "is not there any more" in frame_pictures(gone).without
    changed = replace(photo, media=replace(photo.media, size_bytes=7))
    assert "has changed since" in frame_pictures(changed).without
    assert frame_pictures(changed).pictures == {}
    assert picture_at(changed.media, changed.encoder, 0) is None


def test_frames_of_a_clip_are_the_first_of_their_merged_frames(samples):
    clip = make_clip()
    media = probe(str(samples / "city_cc0_cut_mpeg2.mkv"))
    entries = tuple(replace(clip.timeline[0], first_frame=at, last_frame=at) for at in (3, 7))
    found = frame_pictures(replace(clip, media=media, timeline=entries, weakest=None))
    assert list(found.pictures) == [3, 7]
    assert found.pictures[3].jpeg != found.pictures[7].jpeg


@pytest.mark.parametrize(
    ("fit", "rectangle", "aspect", "size"),
    [
        ("squash", (0.0, 0.0, 1.0, 1.0), 2.0, (100, 50)),
        ("crop", (0.0, 0.0, 1.0, 1.0), 1.0, (100, 100)),
        ("pad", (0.0, 0.25, 1.0, 0.5), 1.0, (100, 50)),
    ],
)
def test_the_grid_lies_where_the_encoder_saw_it(fit, rectangle, aspect, size):
    encoder = replace(make_clip().encoder, fit=fit)
    picture = ArrayPicture(np.zeros((200, 400, 3), dtype=np.uint8))
    found = page_picture(picture, encoder, 100)
    assert found.rectangle == pytest.approx(rectangle)
    assert found.aspect == pytest.approx(aspect, rel=0.02)
    assert Image.open(BytesIO(found.jpeg)).size == size
