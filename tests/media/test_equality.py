"""The frame at index i is the same picture at the same time, whichever way it is read."""

import dataclasses
import hashlib

import numpy as np
import pytest

from tests.media.clips import CLIPS, number_shown
from tokcomp_cli.media.open import open_media
from tokcomp_cli.media.video.video_file import VideoMedia

# What must never be given to decord, found by comparing its pictures with the frames' own numbers.
NOT_FOR_DECORD = {
    "closed.flv", "open_gop.mp4", "open_gop.mkv", "hevc.mp4", "hevc_open_gop.mp4", "hevc_ten_bit.mkv",
    "h264.ts", "h264_open.ts", "h264.avi", "mpeg4.avi", "mpeg4_b.avi", "mpeg2.mpg", "mpeg2.ts", "mpeg2.mkv",
    "vp9.webm", "av1.mp4", "mjpeg.avi", "late_start.ts", "raw.h264",
}  # fmt: skip
FIRST_SECONDS = {
    "closed.flv": 0.08, "h264.ts": 0.08, "h264_open.ts": 0.08, "h264.avi": 0.04, "mpeg4_b.avi": 0.04,
    "mpeg2.mpg": 0.54, "mpeg2.ts": 0.04, "fragmented.mp4": 0.08,
    "late_start.mp4": 1.4, "late_start.mkv": 1.4, "late_start.ts": 1.4,
}  # fmt: skip


def with_decoder(path, *, refusal, seek=None):
    media = open_media(str(path), isolate=False)
    assert isinstance(media, VideoMedia)
    flight = media._flight
    may_seek = flight.may_seek if seek is None else seek
    media._flight = dataclasses.replace(flight, decord_refusal=refusal, may_seek=may_seek)
    return media


def read(media, frame_index):
    return {
        int(number): picture
        for batch in media.frames(np.asarray(frame_index, dtype=np.int64), max_batch=7)
        for number, picture in zip(batch.frame_index, batch.rgb, strict=True)
    }


def hashes(pictures, numbers):
    return [hashlib.sha256(pictures[number].tobytes()).hexdigest() for number in numbers]


@pytest.mark.parametrize("made", CLIPS, ids=lambda made: made.name)
def test_every_frame_is_the_one_asked_for(made, clip):
    with open_media(str(clip(made.name)), isolate=False) as media:
        everything = range(made.frames)
        assert media.facts.frames_in_file == made.frames
        assert media.facts.decoder == ("pyav" if made.name in NOT_FOR_DECORD else "decord")
        pictures = read(media, everything)
        assert [number_shown(pictures[number]) for number in everything] == list(everything)
        assert not media.facts.salvaged
        times = [40 * number for number in everything] if made.times is None else made.times
        first = FIRST_SECONDS.get(made.name, 0.0)
        expected = np.array(times) / 1000 - times[0] / 1000 + first
        np.testing.assert_allclose(media.pts_seconds, expected, atol=1e-6)
        assert media.facts.first_pts_seconds == pytest.approx(first, abs=1e-6)
        assert media.facts.variable_frame_rate == made.name.startswith("vfr")
    picked = [0, made.frames // 2, made.frames - 1]
    wanted = hashes(pictures, picked)
    in_order = with_decoder(clip(made.name), refusal="forced", seek=False)
    assert hashes(read(in_order, everything), picked) == wanted
    by_jumps = with_decoder(clip(made.name), refusal="forced")
    assert hashes(read(by_jumps, picked), picked) == wanted
    assert not by_jumps.facts.salvaged
    if made.name not in NOT_FOR_DECORD:
        by_index = with_decoder(clip(made.name), refusal=None)
        assert hashes(read(by_index, everything), picked) == wanted
        assert by_index.facts.decoder == "decord"


@pytest.mark.parametrize("name", ["open_gop.mp4", "h264.ts", "h264_open.ts"])
def test_the_refusal_of_decord_is_deserved(name, clip):
    import decord

    decord.logging.set_level(decord.logging.QUIET)
    reader = decord.VideoReader(str(clip(name)))
    numbers = [number for number in range(1, 40, 9) if number < len(reader)]
    shown = [number_shown(reader.get_batch([number]).asnumpy()[0]) for number in numbers]
    assert shown != numbers


@pytest.mark.parametrize(
    ("name", "turn", "size"),
    [
        ("rotated_90.mp4", 270, (128, 80)),
        ("rotated_180.mp4", 180, (128, 80)),
        ("rotated_270.mp4", 90, (128, 80)),
    ],
)
def test_rotation_is_applied_and_told(name, turn, size, clip):
    with open_media(str(clip(name))) as media:
        assert media.facts.rotation_degrees == turn
        displayed = (media.facts.width, media.facts.height)
        assert displayed == (size if turn == 180 else size[::-1])
        (batch,) = media.frames(np.array([3]))
        assert batch.rgb.shape[1:3] == displayed[::-1]


@pytest.mark.parametrize(
    ("name", "field", "value", "note"),
    [
        ("aspect.mp4", "sample_aspect_ratio", "16:15", "not square"),
        ("hdr_pq.mp4", "color_transfer", "pq", "HDR"),
        ("bt709.mp4", "color_transfer", "bt709", None),
        ("interlaced.mp4", "interlaced", True, "interlaced"),
        ("ten_bit.mp4", "pixel_format", "yuv420p10le", None),
        ("closed.mp4", "keyframes", 4, None),
        ("closed.mp4", "has_audio", False, None),
        ("raw.h264", "keyframes", 4, "no time"),
    ],
)
def test_facts(name, field, value, note, clip):
    with open_media(str(clip(name)), isolate=False) as media:
        assert getattr(media.facts, field) == value
        assert note is None or any(note in remark for remark in media.facts.notes)


def test_decord_reads_only_runs_from_a_keyframe(clip):
    # Its skipping gives up after a number of polls and then hands on a wrong frame.
    for wanted, decoder, reason in [
        (range(40), "decord", "numbers of frames right"),
        (range(12, 20), "decord", "numbers of frames right"),
        (range(0, 40, 2), "pyav", "not consecutive"),
        (range(5, 9), "pyav", "no keyframe"),
    ]:
        with open_media(str(clip("closed.mp4"))) as media:
            shown = {number: number_shown(picture) for number, picture in read(media, wanted).items()}
            assert shown == {number: number for number in wanted}
            assert media.facts.decoder == decoder
            assert reason in media.facts.decoder_reason


def test_decord_reads_only_what_fits_in_memory(clip, monkeypatch):
    from tokcomp_cli.media.video import decord_decoder

    monkeypatch.setattr(decord_decoder, "_MAX_AHEAD_BYTES", 30 * 128 * 80 * 3)
    for wanted, decoder in [(range(40), "pyav"), (range(12, 20), "decord")]:
        with open_media(str(clip("closed.mp4"))) as media:
            assert list(read(media, wanted)) == list(wanted)
            assert media.facts.decoder == decoder
    assert "without a limit" in decord_decoder.refusal_of_choice(media._flight, np.arange(40))


def test_batches_are_bounded(clip, monkeypatch):
    from tokcomp_cli.media.video import video_file as video

    monkeypatch.setattr(video, "_MAX_BATCH_BYTES", 3 * 128 * 80 * 3)
    for refusal in (None, "forced"):
        media = with_decoder(clip("closed.mp4"), refusal=refusal)
        assert [len(batch.rgb) for batch in media.frames(np.arange(10))] == [3, 3, 3, 1]
        assert [len(batch.rgb) for batch in media.frames(np.arange(4), max_batch=2)] == [2, 2]
        assert list(media.frames(np.array([], dtype=np.int64))) == []


def test_decord_falls_back_when_its_table_differs(clip):
    media = with_decoder(clip("closed.mp4"), refusal=None)
    media._flight = dataclasses.replace(media._flight, pts=media._flight.pts * 2)
    assert read(media, []) == {}
    media = with_decoder(clip("closed.mp4"), refusal=None)
    shorter = media._flight.pts[:-1]
    media._flight = dataclasses.replace(media._flight, pts=shorter)
    assert number_shown(read(media, range(6))[5]) == 5
    assert media.facts.decoder == "pyav"
    assert "decord counts 40 frames" in media.facts.decoder_reason
