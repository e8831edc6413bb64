"""Keep-maps over pictures and videos."""

from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

from tests.helpers.results import make_clip, make_photo
from tokcomp_cli.core.results.analysis import TimelineEntry
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.errors import PlanError
from tokcomp_cli.media.open import open_media, probe
from tokcomp_cli.report.mapped_frames import edges, mapped
from tokcomp_cli.report.overlay import check_suffix, overlay

WHITE = np.full((224, 448, 3), 200, dtype=np.uint8)


def encoder(fit):
    return replace(make_clip().encoder, fit=fit)


@pytest.mark.parametrize(
    ("fit", "down", "across"),
    [
        ("squash", (0, 112, 224), (0, 224, 448)),
        ("crop", (0, 112, 224), (112, 224, 336)),
        ("pad", (0, 112, 224), (0, 224, 448)),
    ],
)
def test_the_grid_lies_over_what_the_encoder_saw(fit, down, across):
    found = edges((224, 448), (2, 2), encoder(fit))
    assert (tuple(found[0]), tuple(found[1])) == (down, across)


def test_pruned_patches_are_dark_and_others_stay_as_they_are():
    drawn = mapped(WHITE, KeepMap((2, 2), (0, 0, -1, 1)), encoder("squash"))
    assert drawn[20, 20].tolist() == [200, 200, 200]
    assert drawn[200, 20].max() < 70
    assert drawn[200, 400].tolist() == [200, 200, 200]
    assert drawn[112, 20].tolist() == [255, 255, 255]  # the line between them
    assert WHITE[200, 20].tolist() == [200, 200, 200]  # the frame itself is left alone


def test_what_the_encoder_never_saw_is_dimmed():
    drawn = mapped(WHITE, KeepMap((2, 2), (0, 0, 0, 0)), encoder("crop"))
    assert drawn[100, 20].tolist() == [100, 100, 100]
    assert drawn[100, 200].tolist() == [200, 200, 200]


def test_a_photo_becomes_a_picture_of_its_own_size(samples, tmp_path):
    photo = make_photo()
    media = probe(str(samples / "flower.jpg"))
    overlay(replace(photo, media=media), tmp_path / "o.png")
    with Image.open(tmp_path / "o.png") as drawn:
        assert drawn.size == (640, 427)
    with pytest.raises(PlanError, match="an overlay of a picture is a picture"):
        check_suffix("o.mp4", "image")


def test_a_video_keeps_its_own_timing(samples, tmp_path):
    clip = make_clip()
    media = probe(str(samples / "city_cc0_cut_mpeg2.mkv"))
    entries = tuple(TimelineEntry(at / 25, at / 25 + 0.2, at, at + 5, 2, 3, None) for at in (4, 10))
    few = replace(
        clip,
        media=media,
        timeline=entries,
        sampling=replace(clip.sampling, frames_sampled=2),
        maps=(KeepMap((2, 2), (0, 0, 1, 1)), KeepMap((2, 2), (0, -1, 0, -1))),
    )
    done = []
    overlay(few, tmp_path / "o.mp4", lambda now, total: done.append((now, total)))
    with av.open(tmp_path / "o.mp4") as made:
        frames = list(made.decode(video=0))
    with open_media(media.path) as source:
        wanted = source.pts_seconds[4 : 4 + len(frames)]
    shown = [float(frame.pts * frame.time_base) for frame in frames]
    assert shown == pytest.approx([at - wanted[0] for at in wanted], abs=1e-4)
    assert len(frames) >= 12
    assert done[-1] == (len(frames), len(frames))
    first, last = (frames[at].to_ndarray(format="rgb24").astype(int) for at in (0, -1))
    right = slice(400, 700)
    assert last[:, right].mean() < 0.6 * first[:, right].mean()  # pruned in the second merged frame
