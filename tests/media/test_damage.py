"""Damaged, cut and odd files: read as far as they go, and said."""

import numpy as np
import pytest

from tests.media import derived
from tests.media.clips import number_shown
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.open import open_media, probe


def shown(media):
    wanted = np.arange(media.pts_seconds.size)
    return [
        (int(number), number_shown(picture))
        for batch in media.frames(wanted)
        for number, picture in zip(batch.frame_index, batch.rgb, strict=True)
    ]


def notes(media):
    return " ".join(media.facts.notes)


def test_trimmed_without_encoding_shows_what_a_player_shows(clip_folder):
    with open_media(str(derived.trimmed(clip_folder))) as media:
        assert shown(media) == [(number, number + derived.TRIM_FIRST) for number in range(23)]
        assert media.facts.decoder_reason == "an edit list cuts frames away"
        assert "5 frames" in notes(media)
        assert media.pts_seconds[0] == 0.0
        assert not media.facts.salvaged


def test_two_video_streams(clip_folder):
    with open_media(str(derived.two_streams(clip_folder))) as media:
        assert [pair for pair in shown(media) if pair[0] != pair[1]] == []
        assert media.facts.video_streams == 2
        assert "Of 2 video streams" in notes(media)


def test_changing_size(clip_folder):
    with open_media(str(derived.changing_size(clip_folder)), isolate=False) as media:
        assert shown(media) == [(number, number % 20) for number in range(40)]
        assert "20 frames were scaled" in notes(media)


def test_joined_late(clip_folder):
    with open_media(str(derived.late_ts(clip_folder))) as media:
        assert shown(media) == [(number, number + 12) for number in range(28)]
        assert media.pts_seconds[0] == pytest.approx(1.88)
        assert "before the first decodable one" in notes(media)


def test_sound_is_told(clip_folder):
    assert probe(str(derived.with_sound(clip_folder))).has_audio is True


@pytest.mark.parametrize("isolate", [False, None])
def test_damaged_keyframe_in_the_middle(clip_folder, isolate):
    with open_media(str(derived.damaged_keyframe(clip_folder)), isolate=isolate) as media:
        pairs = shown(media)
        assert [pair for pair in pairs if pair[0] != pair[1]] == []
        assert {number for number, _shown in pairs} >= {*range(10), *range(24, 40)}
        assert media.facts.salvaged
        assert media.facts.decode_errors > 0
        assert media.facts.decoder == "pyav"


@pytest.mark.parametrize(
    ("name", "at_least"),
    [
        ("closed.mkv", 20),
        ("h264.ts", 20),
        ("h264.avi", 15),
        ("fragmented.mp4", 20),
        ("closed.flv", 20),
        ("vp9.webm", 20),
    ],
)
def test_cut_off_files_are_read_as_far_as_they_go(name, at_least, clip):
    with open_media(str(derived.cut_off(clip(name), 0.6)), isolate=False) as media:
        pairs = shown(media)
        assert [pair for pair in pairs if pair[0] != pair[1]] == []
        assert len(pairs) >= at_least
        assert media.facts.salvaged


def test_cut_off_mp4_with_its_index_first(clip_folder):
    whole = derived.index_first(clip_folder)
    with open_media(str(derived.cut_off(whole, 0.6))) as media:
        pairs = shown(media)
        assert len(pairs) >= 20
        assert [pair for pair in pairs if pair[0] != pair[1]] == []
        assert media.facts.salvaged
        assert media.facts.isolated
        assert "cut off" in notes(media)
    with pytest.raises(MediaError, match="cut off"):
        open_media(str(derived.cut_off(whole, 0.02)))


def test_cut_off_mp4_without_its_index(clip):
    with pytest.raises(MediaError, match=r"lost its index \(moov\)"):
        open_media(str(derived.cut_off(clip("closed.mp4"), 0.6)))


def test_empty_packets_are_no_damage(files):
    with open_media(str(files / "movie-hello.ogg")) as media:
        assert media.facts.frames_in_file == 242
        assert "7 empty packets" in notes(media)
        got = [int(number) for batch in media.frames(np.array([0, 121, 241])) for number in batch.frame_index]
        assert got == [0, 121, 241]
        assert not media.facts.salvaged
        assert media.pts_seconds[0] == pytest.approx(1001 / 30000)


def test_asking_only_for_lost_frames_is_an_error(clip_folder):
    with (
        open_media(str(derived.damaged_keyframe(clip_folder)), isolate=False) as media,
        pytest.raises(MediaError, match="none of the 1 wanted"),
    ):
        list(media.frames(np.array([14])))


def test_a_file_that_grows_keeps_its_end(clip, tmp_path):
    path = tmp_path / "growing.mkv"
    path.write_bytes(clip("closed.mkv").read_bytes())
    with open_media(str(path), isolate=False) as media:
        with path.open("ab") as growing:
            growing.write(b"more" * 1000)
        assert shown(media) == [(number, number) for number in range(40)]
        assert "changed while" in notes(media)
        assert "path leads to another file" in media.facts.decoder_reason


def test_a_file_renamed_while_read(clip, tmp_path):
    path = tmp_path / "before.mkv"
    path.write_bytes(clip("closed.mkv").read_bytes())
    with open_media(str(path), isolate=False) as media:
        path.rename(tmp_path / "after.mkv")
        path.write_text("quite another file")
        assert shown(media) == [(number, number) for number in range(40)]
        assert media.facts.decoder == "pyav"
