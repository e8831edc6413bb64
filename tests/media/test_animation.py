"""GIF, WebP and APNG as videos, with the durations their frames have."""

import numpy as np
import pytest
from PIL import Image

from tests.media.clips import number_shown, numbered_picture
from tokcomp_cli.media.open import open_media, probe

DELAYS = [100, 200, 40, 500, 60]
EXPECTED = [0.1, 0.2, 0.04, 0.5, 0.06]


def animation(path, delays=DELAYS, **options):
    pictures = [Image.fromarray(numbered_picture(number)) for number in range(len(delays))]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=list(delays), loop=0, **options
    )
    return path


@pytest.mark.parametrize(("suffix", "options"), [("gif", {}), ("webp", {"lossless": True}), ("png", {})])
def test_frames_times_and_durations(suffix, options, tmp_path):
    path = animation(tmp_path / f"moving.{suffix}", **options)
    with open_media(str(path)) as media:
        facts = media.facts
        assert (facts.kind, facts.decoder, facts.frames_in_file) == ("animation", "pillow", 5)
        assert media.duration_seconds == pytest.approx(EXPECTED)
        assert media.pts_seconds == pytest.approx([0, 0.1, 0.3, 0.34, 0.84])
        assert facts.duration_seconds == pytest.approx(0.9)
        assert facts.variable_frame_rate is True
        batches = list(media.frames(np.arange(5), max_batch=2))
        assert [len(batch.rgb) for batch in batches] == [2, 2, 1]
        shown = [number_shown(picture) for batch in batches for picture in batch.rgb]
        assert shown == [0, 1, 2, 3, 4]
        (picked,) = media.frames(np.array([1, 4]))
        assert [number_shown(picture) for picture in picked.rgb] == [1, 4]
    assert probe(str(path)) == facts


def test_a_delay_of_nothing_counts_as_browsers_do(tmp_path):
    with open_media(str(animation(tmp_path / "fast.gif", [0, 10, 20]))) as media:
        assert media.duration_seconds == pytest.approx([0.1, 0.1, 0.02])


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_one_frame_is_a_still(suffix, tmp_path):
    Image.fromarray(numbered_picture(3)).save(tmp_path / f"still.{suffix}")
    assert probe(str(tmp_path / f"still.{suffix}")).kind == "image"


def test_default_picture_of_an_apng_is_not_a_frame(tmp_path):
    path = tmp_path / "default.png"
    pictures = [Image.fromarray(numbered_picture(number)) for number in (99, 0, 1, 2)]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], default_image=True, duration=[50, 60, 70]
    )
    with open_media(str(path)) as media:
        assert media.facts.frames_in_file == 3
        (batch,) = media.frames(np.arange(3))
        assert [number_shown(picture) for picture in batch.rgb] == [0, 1, 2]


def test_transparent_gif_lies_over_white(tmp_path):
    clear, dot = Image.new("RGBA", (20, 20), (0, 0, 0, 0)), Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    dot.putpixel((3, 3), (200, 0, 0, 255))
    clear.putpixel((9, 9), (0, 0, 200, 255))
    clear.save(tmp_path / "clear.gif", save_all=True, append_images=[dot], duration=100, disposal=2)
    with open_media(str(tmp_path / "clear.gif")) as media:
        (batch,) = media.frames(np.arange(2))
        assert batch.rgb[:, 0, 0].tolist() == [[255, 255, 255]] * 2
        assert batch.rgb[1, 3, 3].tolist() == [200, 0, 0]


@pytest.mark.parametrize("suffix", ["gif", "png"])
def test_cut_off_animation(suffix, tmp_path):
    path = animation(tmp_path / f"whole.{suffix}")
    half = tmp_path / f"half.{suffix}"
    half.write_bytes(path.read_bytes()[: path.stat().st_size * 7 // 10])
    with open_media(str(half)) as media:
        numbers = [
            (int(number), number_shown(picture))
            for batch in media.frames(np.arange(media.pts_seconds.size))
            for number, picture in zip(batch.frame_index, batch.rgb, strict=True)
        ]
        assert [pair for pair in numbers if pair[0] != pair[1]] == []
        assert 2 <= len(numbers) < 5
        assert media.facts.salvaged
