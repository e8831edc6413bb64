"""What a file holds besides the picture that is read is said."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from tests.media.pngs import gif
from tokcomp_cli.media.open import probe


def picture(shift=0):
    y, x = np.mgrid[0:60, 0:80]
    return Image.fromarray(
        np.roll(np.stack([x * 3, y * 4, np.full_like(x, 90)], -1).astype(np.uint8), shift, 1)
    )


def jpeg(**options):
    content = io.BytesIO()
    picture().save(content, "JPEG", quality=90, **options)
    return content.getvalue()


@pytest.mark.parametrize("between", [b"", b"\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data"])
def test_the_clip_of_a_motion_photo(between, clip, tmp_path):
    (tmp_path / "motion.jpg").write_bytes(jpeg() + between + clip("closed.mp4").read_bytes())
    facts = probe(str(tmp_path / "motion.jpg"))
    assert facts.kind == "image"
    assert "a motion photo" in facts.notes[0]
    (tmp_path / "plain.jpg").write_bytes(jpeg() + b"ftyp" + bytes(500))
    assert probe(str(tmp_path / "plain.jpg")).notes == ()


def test_a_gain_map(tmp_path):
    words = b'<x:xmpmeta xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
    (tmp_path / "bright.jpg").write_bytes(jpeg(xmp=words))
    assert "gain map" in probe(str(tmp_path / "bright.jpg")).notes[0]


def test_pictures_of_an_mpo_that_are_there(tmp_path):
    picture().save(tmp_path / "two.mpo", save_all=True, append_images=[picture(9)])
    content = (tmp_path / "two.mpo").read_bytes()
    assert probe(str(tmp_path / "two.mpo")).notes == ("The file holds 2 pictures; the first was read.",)
    second = content.rfind(b"\xff\xd8\xff")
    (tmp_path / "stripped.jpg").write_bytes(content[:second])
    assert probe(str(tmp_path / "stripped.jpg")).notes == ()


def test_one_picture_beside_sound(tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 80, 60, "yuv420p"
        sound = container.add_stream("aac", rate=16000, layout="mono")
        frame = av.VideoFrame.from_ndarray(np.asarray(picture()), format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for start in range(0, 16000, 1024):
            quiet = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            quiet.pts, quiet.sample_rate, quiet.time_base = start, 16000, Fraction(1, 16000)
            container.mux(sound.encode(quiet))
        container.mux(sound.encode(None))
    assert "The file is sound with one picture beside it." in probe(str(path)).notes


def test_pages_of_a_tiff(tmp_path):
    picture().save(tmp_path / "pages.tif", save_all=True, append_images=[picture(5), picture(9)])
    assert probe(str(tmp_path / "pages.tif")).notes == ("The file holds 3 pictures; the first was read.",)


def test_a_gif_of_one_frame_holds_nothing_else(tmp_path):
    (tmp_path / "one.gif").write_bytes(gif((40, 40), [(0, 0, 40, 40, 0)]))
    assert probe(str(tmp_path / "one.gif")).notes == ()
