"""Whole files are not called damaged, whatever their lengths and counts say; cut ones are, once."""

import struct

import av
import numpy as np
import pytest

from tests.media import derived
from tests.media.clips import FRAMES, X264, Clip, number_shown, write
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.boxes import iso_boxes
from tokcomp_cli.media.open import open_media, probe
from tokcomp_cli.media.source import open_local

JUNK = {
    "random": np.random.default_rng(1).bytes(99_999),
    "zeros": bytes(4096),
    "three zeros": bytes(3),
    "text": b"some text appended by a tool, longer than sixteen bytes\n",
    "a trailer": b"SEFHk\0\0\0\1\0\0\0\0\0\60\12\46\0\0\0\36\0\0\0\44\0\0\0SEFT",
}


def told(path, frames=FRAMES):
    """Return the notes of a file whose frames all come, right."""
    with open_media(str(path), isolate=False) as media:
        chosen = np.arange(media.pts_seconds.size)
        shown = [number_shown(picture) for batch in media.frames(chosen) for picture in batch.rgb]
        assert shown == list(range(frames))
        assert not media.facts.salvaged, media.facts.notes
        assert not probe(str(path)).salvaged
        return media.facts.notes


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("name", ["closed.mp4", "closed.mkv", "h264.avi", "h264.ts", "index first"])
def test_bytes_behind_the_end(junk, name, clip, clip_folder, tmp_path):
    source = derived.index_first(clip_folder) if name == "index first" else clip(name)
    path = tmp_path / source.name
    path.write_bytes(source.read_bytes() + JUNK[junk])
    assert told(path) == ()


def boxes(content, *kinds):
    """Return where the boxes of a path begin."""
    found, position, end = [], 0, len(content)
    for kind in kinds:
        while content[position + 4 : position + 8] != kind:
            position += int.from_bytes(content[position : position + 4], "big")
            assert position < end
        found.append(position)
        position += 8
    return found


def with_edits(source, path, edits):
    """Write a copy whose edit list is replaced; each edit is duration and start in seconds."""
    content = source.read_bytes()
    moov, trak, edts, elst = boxes(content, b"moov", b"trak", b"edts", b"elst")
    movie = boxes(content, b"moov", b"mvhd")[1]
    media = boxes(content, b"moov", b"trak", b"mdia", b"mdhd")[3]
    movie_scale, media_scale = (struct.unpack(">I", content[at + 20 : at + 24])[0] for at in (movie, media))
    (base,) = struct.unpack(">i", content[elst + 20 : elst + 24])
    rows = b"".join(
        struct.pack(">IiI", round(length * movie_scale), base + round(start * media_scale), 1 << 16)
        for length, start in edits
    )
    made = struct.pack(">I4sII", 16 + len(rows), b"elst", 0, len(edits)) + rows
    old = int.from_bytes(content[elst : elst + 4], "big")
    changed = bytearray(content[:elst] + made + content[elst + old :])
    for at in (moov, trak, edts):
        (size,) = struct.unpack(">I", changed[at : at + 4])
        changed[at : at + 4] = struct.pack(">I", size + len(made) - old)
    path.write_bytes(changed)
    return path


@pytest.mark.parametrize(
    ("edits", "numbers"),
    [
        ([(0.8, 0)], range(20)),
        ([(0.4, 0.48)], range(12, 22)),
        ([(0.2, 0.12)], range(3, 8)),
        ([(0.4, 0), (0.4, 0.96)], [*range(10), *range(24, 34)]),
        ([(0.4, 0.96), (0.4, 0)], [*range(24, 34), *range(10)]),
    ],
)
def test_edit_lists_that_cut_are_no_damage(edits, numbers, tmp_path):
    source = write(Clip("edited.mp4", options={**X264, "bf": "0"}), tmp_path)
    path = with_edits(source, tmp_path / "edits.mp4", edits)
    with open_media(str(path)) as media:
        shown = [
            number_shown(picture)
            for batch in media.frames(np.arange(media.pts_seconds.size))
            for picture in batch.rgb
        ]
        assert shown == list(numbers)
        assert not media.facts.salvaged
        assert not media.facts.isolated
        for number in (0, len(shown) // 2):  # where the only keyframe is cut away too
            (batch,) = media.frames(np.array([number]), scaled=(((56, 56), "bicubic"),))
            assert number_shown(batch.rgb[0]) == shown[number]


def test_an_edit_list_that_shows_nothing(tmp_path):
    source = write(Clip("edited.mp4", options={**X264, "bf": "0"}), tmp_path)
    path = with_edits(source, tmp_path / "edits.mp4", [(0, 0)])
    with pytest.raises(MediaError, match="edit list shows no frame"):
        open_media(str(path))


@pytest.mark.parametrize("unknown", [b"\xff" * 4, bytes(4)])
def test_an_avi_that_was_written_to_a_pipe(unknown, clip, tmp_path):
    content = bytearray(clip("mpeg4.avi").read_bytes())
    movi = content.find(b"movi")
    content[4:8] = unknown
    (tmp_path / "riff.avi").write_bytes(content)
    content[movi - 4 : movi] = unknown
    (tmp_path / "both.avi").write_bytes(content)
    assert told(tmp_path / "riff.avi") == told(tmp_path / "both.avi") == ()


def test_a_lost_index_behind_the_pictures_is_no_damage(clip, tmp_path):
    avi = clip("mpeg4.avi").read_bytes()
    (tmp_path / "no_index.avi").write_bytes(avi[: avi.rfind(b"idx1") + 30])
    assert told(tmp_path / "no_index.avi") == ()
    matroska = clip("closed.mkv").read_bytes()
    cues = matroska.rfind(b"\x1c\x53\xbb\x6b")
    (tmp_path / "cut_cues.mkv").write_bytes(matroska[: cues + 12])
    assert told(tmp_path / "cut_cues.mkv") == ()


def test_joined_transport_streams(clip, tmp_path):
    once = clip("h264.ts").read_bytes()
    (tmp_path / "twice.ts").write_bytes(once + once)
    with open_media(str(tmp_path / "twice.ts"), isolate=False) as media:
        chosen = np.arange(media.pts_seconds.size)
        shown = [number_shown(picture) for batch in media.frames(chosen) for picture in batch.rgb]
        assert shown == [*range(FRAMES), *range(FRAMES)]
        assert not media.facts.salvaged
        assert media.facts.duration_seconds == pytest.approx(2 * FRAMES / 25, abs=0.05)


def test_a_transport_stream_with_a_hole_is_damaged(clip, tmp_path):
    content = clip("h264_open.ts").read_bytes()
    at = len(content) // 188 // 2 * 188
    (tmp_path / "hole.ts").write_bytes(content[:at] + content[at + 3 * 188 :])
    with open_media(str(tmp_path / "hole.ts"), isolate=False) as media:
        assert sum(len(batch) for batch in media.frames(np.arange(media.pts_seconds.size))) > 30
        assert media.facts.salvaged


@pytest.mark.parametrize("lost", [1, 2000])
def test_of_a_cut_file_only_what_is_cut_is_lost_and_told_once(lost, tmp_path):
    path = derived.index_first(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[:-lost])
    with av.open(str(path)) as container:
        whole = sum(
            entry.pos + entry.size <= len(content) - lost for entry in container.streams[0].index_entries
        )
    with open_media(str(path), isolate=False) as media:
        assert sum(len(batch) for batch in media.frames(np.arange(media.pts_seconds.size))) == whole
        assert sum("cut off" in note for note in media.facts.notes) == 1
        assert not any("marked as damaged" in note for note in media.facts.notes)
        assert media.facts.salvaged


@pytest.mark.parametrize("name", ["h264.ts", "mpeg2.mpg", "mpeg2.ts"])
def test_the_half_of_a_last_picture_is_never_shown(name, clip):
    path = derived.cut_off(clip(name), 0.63)
    for wanted in (slice(None), slice(-1, None)):
        for _ in range(3):
            with open_media(str(path), isolate=False) as media:
                chosen = np.arange(media.pts_seconds.size)[wanted]
                try:
                    pairs = [
                        (round((seconds - media.pts_seconds[0]) * 25), number_shown(picture))
                        for batch in media.frames(chosen)
                        for seconds, picture in zip(batch.pts_seconds, batch.rgb, strict=True)
                    ]
                except MediaError:
                    pairs = []
                assert [pair for pair in pairs if pair[0] != pair[1]] == []


def test_boxes_of_odd_lengths(tmp_path):
    path = tmp_path / "boxes"
    path.write_bytes(
        struct.pack(">I4sQ8x", 1, b"free", 24) + struct.pack(">I4s", 8, b"wide") + b"\0\0\0\0mdat123"
    )
    with open_local(str(path)) as source:
        assert list(iso_boxes(source)) == [(b"free", 16, 24), (b"wide", 32, 32), (b"mdat", 40, 43)]


@pytest.mark.parametrize("share", [0.4, 0.7, 0.95])
def test_a_cut_ogg_or_program_stream_is_salvaged(share, clip, clip_folder, files, tmp_path):
    theora = files / "movie-hello.ogg"
    program = clip("mpeg2.mpg")
    for source in (theora, program):
        assert not probe(str(source)).salvaged
        path = tmp_path / source.name
        content = source.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        with open_media(str(path), isolate=False) as media:
            assert sum(len(batch) for batch in media.frames(np.arange(media.pts_seconds.size))) > 10
            assert media.facts.salvaged
    assert probe(str(tmp_path / theora.name)).salvaged


def test_too_little_memory_is_an_error_of_the_medium(clip, monkeypatch):
    def exhausted(*_arguments):
        raise MemoryError

    monkeypatch.setattr("tokcomp_cli.media.video.preflight.walk", exhausted)
    with pytest.raises(MediaError, match="not enough"):
        open_media(str(clip("closed.mp4")), isolate=False)
