"""Pictures in a row that are videos: raw streams of JPEG and PNG, and sequences in HEIC files."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.media.clips import Clip, number_shown, numbered_picture, write
from tokcomp_cli.media.open import open_media, probe

PICTURES = 7


def still(number, name, **options):
    content = BytesIO()
    Image.fromarray(numbered_picture(number, **options)).save(content, name)
    return content.getvalue()


def numbers_of(path, wanted=None):
    """Return the number that each frame shows, by its number in the file, and the facts."""
    shown = {}
    with open_media(str(path)) as media:
        wanted = np.arange(media.facts.frames_in_file) if wanted is None else np.array(wanted)
        for batch in media.frames(wanted):
            shown |= zip(batch.frame_index.tolist(), map(number_shown, batch.rgb), strict=True)
        return shown, media.facts, media.pts_seconds


@pytest.mark.parametrize("padding", [b"", bytes(5)])
@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_a_raw_stream_is_a_video_of_all_its_pictures(name, padding, tmp_path):
    if name == "PNG" and padding:
        pytest.skip("PNG streams are not padded: there is no such file to read")
    path = tmp_path / "stream.bin"
    path.write_bytes(b"".join(still(number, name) + padding for number in range(PICTURES)))
    shown, facts, seconds = numbers_of(path)
    assert shown == {number: number for number in range(PICTURES)}
    assert (facts.kind, facts.frames_in_file, facts.salvaged) == ("video", PICTURES, False)
    np.testing.assert_allclose(seconds, np.arange(PICTURES) / 25)
    assert "25 pictures a second were assumed" in facts.notes[0]
    assert probe(str(path)).frames_in_file == PICTURES
    assert numbers_of(path, [1, 5])[0] == {1: 1, 5: 5}


def test_two_pictures_are_a_stream_too(tmp_path):
    path = tmp_path / "twice.jpg"
    path.write_bytes(still(3, "JPEG") + still(4, "JPEG"))
    assert numbers_of(path)[0] == {0: 3, 1: 4}


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_a_cut_raw_stream_shows_what_is_there(name, tmp_path):
    path = tmp_path / "cut.bin"
    path.write_bytes(b"".join(still(number, name) for number in range(PICTURES))[:-100])
    shown, facts, _seconds = numbers_of(path)
    assert [shown[number] for number in sorted(shown)] == list(range(len(shown)))
    assert len(shown) >= PICTURES - 1
    assert facts.salvaged
    assert "The file is cut off: the end of its last picture is missing." in facts.notes


def jpeg_with(segment):
    content = still(3, "JPEG")
    return content[:2] + b"\xff\xe2" + struct.pack(">H", len(segment) + 2) + segment + content[2:]


@pytest.mark.parametrize(
    "content",
    [
        still(3, "JPEG") + b"\xff\xd8\xff junk",
        still(3, "JPEG") + still(3, "JPEG", width=64, height=40),
        still(3, "JPEG") + still(3, "JPEG")[:200],
        jpeg_with(b"MPF\0" + bytes(30)) + still(4, "JPEG"),
        jpeg_with(still(4, "JPEG", width=64, height=40) + still(4, "JPEG", width=64, height=40)),
        still(3, "PNG") + still(3, "PNG", width=64, height=40),
        still(3, "PNG") + b"\x89PNG\r\n\x1a\n",
    ],
    ids=["junk", "smaller", "cut", "mpf", "thumbnails", "smaller png", "signature"],
)
def test_what_stands_behind_one_picture_makes_no_video(content, tmp_path):
    path = tmp_path / "one.bin"
    path.write_bytes(content)
    shown, facts, _seconds = numbers_of(path, [0])
    assert (facts.kind, shown) == ("image", {0: 3})


def boxes(content):
    position = 0
    while position < len(content):
        end = position + int.from_bytes(content[position : position + 4], "big")
        yield content[position + 4 : position + 8], position, end
        position = end


@pytest.fixture(scope="module")
def track(tmp_path_factory):
    """Return an HEVC track in an MP4 whose handler is that of pictures."""
    options = {"preset": "ultrafast", "x265-params": "keyint=4:bframes=2:log-level=none"}
    clip = Clip("track.mp4", "libx265", options=options, frames=PICTURES)
    return (
        write(clip, tmp_path_factory.mktemp("track")).read_bytes().replace(b"vide\0\0\0\0", b"pict\0\0\0\0")
    )


@pytest.mark.parametrize("brand", [b"hevc", b"msf1", b"heic"])
def test_a_heic_sequence_is_read_as_video(brand, track, tmp_path):
    path = tmp_path / "sequence.heics"
    path.write_bytes(track[:8] + brand + track[12:])
    shown, facts, _seconds = numbers_of(path)
    assert shown == {number: number for number in range(PICTURES)}
    assert (facts.kind, facts.codec, facts.salvaged) == ("video", "hevc", False)
    assert numbers_of(path, [2, 5])[0] == {2: 2, 5: 5}


@pytest.mark.parametrize("size", [(64, 40), (512, 320)])
def test_the_still_beside_a_heic_sequence_is_left_out_and_told(size, track, tmp_path):
    heif = pytest.importorskip("pillow_heif")
    content = BytesIO()
    heif.from_pillow(Image.fromarray(numbered_picture(99, *size))).save(content, quality=90)
    head = content.getvalue()
    header = next(end for kind, _start, end in boxes(track) if kind == b"ftyp")
    rest = bytearray(track[header:])
    at = rest.find(b"stco") + 8
    count = int.from_bytes(rest[at : at + 4], "big")
    for place in range(at + 4, at + 4 + 4 * count, 4):
        moved = int.from_bytes(rest[place : place + 4], "big") + len(head) - header
        rest[place : place + 4] = struct.pack(">I", moved)
    path = tmp_path / "burst.heic"
    path.write_bytes(head + rest)
    shown, facts, _seconds = numbers_of(path)
    assert shown == {number: number for number in range(PICTURES)}
    assert f"The still picture was left out; the sequence of {PICTURES} was read." in facts.notes
    assert not any("video streams" in note for note in facts.notes)
