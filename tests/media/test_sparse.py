"""Frames picked here and there are, byte for byte, those of reading everything."""

import hashlib

import numpy as np
import pytest

from tests.media.clips import CLIPS, FRAMES, X264, Clip, write
from tokcomp_cli.media.open import open_media
from tokcomp_cli.media.video import pyav_decoder, run_reader
from tokcomp_cli.media.video.runs import runs

INPUT = (((56, 56), "bicubic"),)


def x264(name, words, **rest):
    return Clip(name, options={"preset": "fast", "crf": "20", "x264-params": words}, **rest)


def x265(name, words, **rest):
    options = {"preset": "ultrafast", "crf": "20", "x265-params": f"log-level=-1:{words}"}
    return Clip(name, codec="libx265", options=options, **rest)


PYRAMIDS = "keyint=16:min-keyint=16:bframes=5:b-pyramid=normal:b-adapt=0:scenecut=0:ref=4"
HEVC_PYRAMIDS = "keyint=16:bframes=3:rc-lookahead=10:b-pyramid=1:b-adapt=0:scenecut=0"
MORE = (
    x264("pyramid.mp4", PYRAMIDS),
    x264("pyramid_open.mkv", f"open-gop=1:{PYRAMIDS}"),
    x264("pyramid_open.ts", f"open-gop=1:{PYRAMIDS}"),
    x264("refresh.mp4", "keyint=14:intra-refresh=1:bframes=0"),
    x264("paff.mp4", f"tff=1:{PYRAMIDS}"),
    x265("hevc_pyramid.mp4", f"open-gop=0:{HEVC_PYRAMIDS}"),
    x265("hevc_layers.mp4", f"open-gop=0:{HEVC_PYRAMIDS}:temporal-layers=3"),
    x265("hevc_pyramid_open.mkv", f"open-gop=1:{HEVC_PYRAMIDS}"),
    Clip("mpeg4_b.mp4", codec="mpeg4", options={"g": "12", "bf": "2"}),
    Clip(
        "mpeg2_closed.mkv",
        codec="mpeg2video",
        options={"g": "12", "bf": "2", "flags": "+cgop", "sc_threshold": "1000000000"},
    ),
    Clip(
        "vp9_hidden.webm",
        codec="libvpx-vp9",
        options={"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good", "cpu-used": "8", "g": "20"},
    ),
)  # fmt: skip
BY_NAME = {made.name: made for made in (*CLIPS, *MORE)}
PATTERNS = {
    "every second": range(0, FRAMES, 2),
    "every thirteenth": range(0, FRAMES, 13),
    "before keyframes": [10, 11, 15, 23, 31, 35],
    "one late": [38],
    "the last": [FRAMES - 1],
    "neighbours": [16, 17, 18, 33],
    "at random": sorted(np.random.default_rng(5).choice(FRAMES, 9, replace=False).tolist()),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory, clip):
    """Return a function from a clip's name to its path and the hash of each of its frames."""
    folder, known = tmp_path_factory.mktemp("sparse"), {}

    def of(name):
        if name not in known:
            path = clip(name) if BY_NAME[name] in CLIPS else write(BY_NAME[name], folder)
            known[name] = path, read(path, range(FRAMES))
        return known[name]

    return of


def read(path, wanted):
    """Return the hash of each wanted frame."""
    with open_media(str(path), isolate=False) as media:
        found = {
            int(number): hashlib.sha256(picture.rgb().tobytes()).hexdigest()
            for batch in media.frames(np.array(wanted), max_batch=3, scaled=INPUT)
            for number, picture in zip(batch.frame_index, batch.pictures, strict=True)
        }
        assert not media.facts.salvaged
    assert list(found) == list(wanted)
    return found


@pytest.mark.parametrize("name", BY_NAME)
def test_sparse_frames_are_those_of_reading_everything(name, made, monkeypatch):
    path, everything = made(name)
    with open_media(str(path), isolate=False) as media:
        flight = media._flight
    if flight.may_leave_out and name != "refresh.mp4":
        monkeypatch.setattr(pyav_decoder, "_in_order", None)  # nothing has to be read again from the start
    for pattern, wanted in PATTERNS.items() if BY_NAME[name] in MORE else list(PATTERNS.items())[-2:]:
        assert read(path, wanted) == {number: everything[number] for number in wanted}, pattern


def test_what_may_be_left_out_is(made, monkeypatch):
    fed, skipped = [], []

    def decoded(packet, losses, stream=None):
        if packet is not None:
            fed.append(packet.pts)
            skipped.append(packet.stream.codec_context.skip_frame == "NONREF")
        return original(packet, losses, stream)

    original = run_reader.decoded
    monkeypatch.setattr(run_reader, "decoded", decoded)
    path, everything = made("pyramid.mp4")
    assert read(path, [0, 8, 33]) == {number: everything[number] for number in (0, 8, 33)}
    with open_media(str(path)) as media:
        planned = runs(media._flight, np.array([0, 8, 33]))
    assert [run.numbers for run in planned] == [(0, 8), (33,)]
    assert len(fed) < 20  # of 40: the rest of both groups of pictures is not decoded
    assert sum(skipped) >= 5  # frames that no other refers to


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("closed.mp4", True),
        ("hevc_pyramid.mp4", True),
        ("hevc_pyramid_open.mkv", True),
        ("hevc_layers.mp4", False),
        ("mpeg2.mkv", True),
        ("vp9_hidden.webm", False),
        ("av1.mp4", False),
    ],
)
def test_which_decoders_tell_frames_that_no_other_refers_to(name, known, made):
    path, _everything = made(name)
    with open_media(str(path)) as media:
        assert media._flight.unreferenced is known


def test_groups_of_pictures_without_a_wanted_frame_are_passed_by(tmp_path, monkeypatch):
    path = write(Clip("long.mp4", options=X264, frames=160), tmp_path)
    seeks = []
    original = run_reader._seek_time
    monkeypatch.setattr(run_reader, "_seek_time", lambda *args: seeks.append(args[1]) or original(*args))
    sparse = read(path, [3, 60, 75, 140])
    assert len(seeks) == 2
    everything = read(path, range(160))
    assert sparse == {number: everything[number] for number in sparse}
    monkeypatch.setattr(run_reader, "_PASSED_BY_SEEK", 1000)
    assert read(path, [3, 60, 75, 140]) == sparse


def test_a_frame_that_does_not_come_is_read_from_the_start(made, monkeypatch):
    path, everything = made("pyramid_open.mkv")

    def lost(packet, losses, stream=None):
        frames = original(packet, losses, stream)
        return [frame for frame in frames if frame.pts < 500]

    original = run_reader.decoded
    monkeypatch.setattr(run_reader, "decoded", lost)
    wanted = [0, 9, 20, 38]
    assert read(path, wanted) == {number: everything[number] for number in wanted}
