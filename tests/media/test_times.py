"""Videos whose packets do not tell when frames are shown: fields, decoding times, repeats, restarts."""

import hashlib
from fractions import Fraction

import av
import numpy as np
import pytest

from tests.media import field_pictures
from tests.media.clips import FRAMES, X264, Clip, number_shown, write
from tokcomp_cli.media.demux.packets import NO_TIME
from tokcomp_cli.media.open import open_media, probe
from tokcomp_cli.media.video import pyav_decoder
from tokcomp_cli.media.video.timeline import repaired

INPUT = (((56, 56), "bicubic"),)
PATTERNS = [range(0, FRAMES, 2), range(3, FRAMES, 13), [38], [15, 16, 17, 31]]


def remuxed(source, path, time_of):
    """Return a copy with other times; `time_of` gives presentation and decoding time in frames, or None."""
    with av.open(str(source)) as whole, av.open(str(path), "w") as changed:
        copy = changed.add_stream_from_template(whole.streams.video[0])
        packets = [packet for packet in whole.demux(video=0) if packet.size]
        for number, packet in enumerate(packets):
            place = round(packet.pts * packet.time_base * 25)
            pts, dts = time_of(number, place)
            packet.stream, packet.time_base, packet.duration = copy, Fraction(1, 25), 1
            packet.pts, packet.dts = pts, dts
            changed.mux(packet)
    return path


def read(path, wanted=None):
    """Return the hash and the number shown of each wanted frame."""
    with open_media(str(path), isolate=False) as media:
        chosen = np.arange(media.pts_seconds.size) if wanted is None else np.array(wanted)
        found = {
            int(number): (hashlib.sha256(picture.rgb().tobytes()).hexdigest(), number_shown(picture.rgb()))
            for batch in media.frames(chosen, scaled=INPUT)
            for number, picture in zip(batch.frame_index, batch.pictures, strict=True)
        }
        assert not media.facts.salvaged, media.facts.notes
        return found, media


def sparse_is_native(path, frames=FRAMES):
    native, media = read(path)
    assert {number: shown for number, (_hash, shown) in native.items()} == {n: n for n in range(frames)}
    for wanted in PATTERNS:
        chosen = [number for number in wanted if number < frames]
        if chosen:
            assert read(path, chosen)[0] == {number: native[number] for number in chosen}
    return media


@pytest.fixture(scope="module")
def with_b(tmp_path_factory):
    return write(Clip("b.mp4", options=X264), tmp_path_factory.mktemp("b"))


@pytest.fixture(scope="module")
def without_b(tmp_path_factory):
    return write(Clip("plain.mp4", options={**X264, "bf": "0"}), tmp_path_factory.mktemp("plain"))


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts", "flv", "nut", "wmv"])
def test_reordered_frames_under_times_of_decoding(suffix, with_b, tmp_path):
    path = remuxed(with_b, tmp_path / f"pd.{suffix}", lambda number, _place: (number, number))
    media = sparse_is_native(path)
    assert media.facts.duration_seconds == pytest.approx(FRAMES / 25)
    assert "times of decoding" in " ".join(media.facts.notes)
    assert media.facts.decoder == "pyav"
    estimate = probe(str(path))
    assert estimate.frames_in_file == FRAMES
    assert "estimates until the frames are decoded" in estimate.notes[-1]


def test_a_stream_that_only_might_reorder_is_not_decoded_twice(clip):
    for name in ("closed.mp4", "mpeg2.ts", "mpeg2.mkv", "hevc.mp4", "closed.flv", "h264.ts"):
        with open_media(str(clip(name)), isolate=False) as media:
            assert media._flight.numbering == "time", name


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_one_repeated_time_moves_no_other_frame(suffix, without_b, tmp_path):
    path = remuxed(without_b, tmp_path / f"one.{suffix}", lambda n, _place: (n - (n == 20), n - 1))
    media = sparse_is_native(path)
    expected = np.arange(FRAMES) / 25
    np.testing.assert_allclose(
        np.delete(media.pts_seconds, [19, 20]), np.delete(expected, [19, 20]), atol=1e-3
    )
    assert media.facts.duration_seconds == pytest.approx(FRAMES / 25)
    assert "repeat the presentation time" in " ".join(media.facts.notes)
    assert "lack" not in " ".join(media.facts.notes)


def test_a_repeated_time_among_reordered_frames(with_b, tmp_path):
    path = remuxed(with_b, tmp_path / "b.mkv", lambda n, place: (place + (n == 20), n - 2))
    assert sparse_is_native(path).facts.duration_seconds == pytest.approx(FRAMES / 25)


def test_every_second_time_repeated_and_all_the_same(without_b, tmp_path):
    pairs = remuxed(without_b, tmp_path / "pairs.mkv", lambda n, _place: (n // 2 * 2, n - 1))
    media = sparse_is_native(pairs)
    np.testing.assert_allclose(media.pts_seconds, np.arange(FRAMES) / 25, atol=1e-3)
    same = remuxed(without_b, tmp_path / "same.mkv", lambda n, _place: (0, n - FRAMES))
    assert sparse_is_native(same).facts.duration_seconds == pytest.approx(FRAMES / 25)


def test_times_that_begin_anew_go_on(without_b, tmp_path):
    half = FRAMES // 2
    overlapping = remuxed(without_b, tmp_path / "anew.mkv", lambda n, _place: (n % half, n - FRAMES))
    media = sparse_is_native(overlapping)
    np.testing.assert_allclose(media.pts_seconds, np.arange(FRAMES) / 25, atol=1e-3)
    apart = remuxed(
        without_b, tmp_path / "apart.mkv", lambda n, _place: ((n + half) % FRAMES, n - 2 * FRAMES)
    )
    media = sparse_is_native(apart)
    assert "begin anew" in " ".join(media.facts.notes)
    assert media.facts.duration_seconds == pytest.approx(FRAMES / 25)


@pytest.mark.parametrize("high", [False, True])
@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts"])
def test_two_field_pictures_are_one_frame(suffix, high, tmp_path, monkeypatch):
    path = field_pictures.write(tmp_path / f"fields.{suffix}", 20, high=high)
    media = sparse_is_native(path, frames=20)
    assert media.facts.frames_in_file == probe(str(path)).frames_in_file == 20
    assert media.facts.duration_seconds == pytest.approx(0.8, abs=1e-3)
    assert media.facts.interlaced
    native, _media = read(path)
    monkeypatch.setattr(pyav_decoder, "_in_order", None)  # sparse reads need not begin at the start
    assert read(path, [9, 18])[0] == {number: native[number] for number in (9, 18)}


def test_field_pictures_without_any_time(tmp_path):
    path = field_pictures.write(tmp_path / "fields.h264", 10)
    assert sparse_is_native(path, frames=10).facts.frames_in_file == 10
    assert "estimates" in probe(str(path)).notes[-1]


def test_counting_by_decoding_shows_signs_of_life(without_b, tmp_path, monkeypatch):
    path = remuxed(without_b, tmp_path / "signs.mkv", lambda n, _place: (n // 2 * 2, n - 1))
    monkeypatch.setattr(pyav_decoder, "_FRAMES_A_SIGN", 10)
    signs = []
    with open_media(str(path), isolate=False, at_work=lambda: signs.append(1)):
        assert len(signs) == FRAMES // 10
    with open_media(str(path)) as media:  # strange, so in a process of its own
        assert media.facts.isolated
        assert media.facts.frames_in_file == FRAMES


def test_theora_gives_the_same_pixels_at_each_reading(files):
    wanted = np.arange(60)
    seen = set()
    for _ in range(3):
        with open_media(str(files / "movie-hello.ogg"), isolate=False) as media:
            digest = hashlib.sha256()
            for batch in media.frames(wanted):
                digest.update(batch.rgb.tobytes())
            seen.add(digest.hexdigest())
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([0, 2, 4, 6], [0, 2, 4, 6]),
        ([0, 2, 6, 4, 8], [0, 2, 4, 6, 8]),
        ([0, 2, 2, 6, 8], [0, 2, 4, 6, 8]),
        ([0, NO_TIME, 4, 6, NO_TIME], [0, 2, 4, 6, 8]),
        ([NO_TIME, 2, 4, 6, 8], [0, 2, 4, 6, 8]),
        ([NO_TIME, NO_TIME], [0, 2]),
        ([5, 5, 5], [5, 7, 9]),
        ([0, 1, 1, 1, 2], [0, 1, 2, 3, 4]),
        ([*range(0, 40, 2), *range(0, 40, 2)], [*range(0, 80, 2)]),
    ],
)
def test_repaired_times(given, expected):
    assert repaired(np.array(given), 2).tolist() == expected
