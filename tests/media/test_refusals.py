"""What is no picture is refused in one clear line, whatever its name."""

import os
import socket
import struct

import numpy as np
import pytest

from tests.media import derived
from tokcomp_cli.errors import MediaError, TokcompError
from tokcomp_cli.media.open import open_media, probe


def refusal(path, **options):
    messages = []
    for opened in (open_media, probe):
        with pytest.raises(MediaError) as caught:
            opened(os.fspath(path), **options)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert "\n" not in messages[0]
    assert messages[0].endswith(".")
    assert "expected" in messages[0]
    messages[0].encode("utf-8")
    return messages[0]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.mp4", "the file is empty"),
        (b"Dear all,\nplease find attached\n", "letter.jpg", "a text file"),
        (bytes(range(256)) * 40, "noise.mp4", "format is unknown"),
        (b"\x00" * 5000, "zeros.mp4", "format is unknown"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:9,\nfile:///etc/passwd\n", "list.mp4", "a playlist"),
        (b"ffconcat version 1.0\nfile other.mp4\n", "concat.mp4", "a playlist"),
        (b"\xef\xbb\xbf[playlist]\nFile1=/etc/hostname\n", "list.mkv", "a playlist"),
        (b"<?xml version='1.0'?><MPD></MPD>", "dash.mpd", "a playlist"),
        (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            "run.png",
            "a PostScript or EPS drawing, which is not supported",
        ),
        (b"\x7fELF" + bytes(300), "program.jpg", "format is unknown"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 50, "head.jpg", "readable JPEG"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "head.png", "readable PNG"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "head.webp", "readable WEBP"),
        (b"II*\x00" + b"\x07" * 40, "head.tiff", "readable TIFF"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "phone.heic", "HEIF"),
    ],
)
def test_content_that_is_no_picture(content, name, words, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    assert words in refusal(path)


def test_sound_and_cover_are_told_apart(clip_folder):
    assert "holds sound only" in refusal(derived.sound_only(clip_folder))
    assert "with a cover picture only" in refusal(derived.cover_only(clip_folder))


@pytest.mark.parametrize(
    "path",
    ["http://example.org/a.mp4", "rtsp://camera/1", "file:///etc/hostname", "HTTPS://example.org/a.png"],
)
def test_urls(path):
    assert "this is a URL; download it first" in refusal(path)


def test_what_is_no_regular_file(tmp_path):
    assert "a folder" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "a pipe" in refusal(tmp_path / "pipe")
    assert "a device" in refusal("/dev/zero")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket"))
    assert "a socket" in refusal(tmp_path / "socket")
    listener.close()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "cannot be opened" in refusal(tmp_path / "loop")
    assert "no such file" in refusal(tmp_path / "missing.mp4")
    assert "cannot be opened" in refusal("null\0byte.mp4")
    assert "cannot be opened" in refusal("n" * 5000)
    assert "standard input" in refusal("-")
    assert "the path is empty" in refusal("")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_no_permission(tmp_path):
    path = tmp_path / "secret.png"
    path.write_bytes(b"x")
    path.chmod(0)
    assert "permission is denied" in refusal(path)


NAMES = [
    b"line\nbreak.mp4",
    b"latin-\xe9\xff.mp4",
    b"[/red]'\"\\.mp4",
    "bidi\u202e4pm.mp4".encode(),
    "\U0001f4f7 写真.mp4".encode(),
    b"%03d.mp4",
    b"-i.mp4",
    b"concat:a|b.mp4",
    b"file:x.mp4",
]


def copied(source, name, folder):
    path = os.path.join(os.fsencode(folder), name)  # noqa: PTH118 - bytes
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - `[/red]` is a folder and a name
    with open(path, "wb") as copy:  # noqa: PTH123
        copy.write(source.read_bytes())
    return os.fsdecode(path)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_opens(name, clip, tmp_path, monkeypatch):
    path = copied(clip("closed.mp4"), name, tmp_path)
    monkeypatch.chdir(tmp_path)
    for given in (path, os.fsdecode(name)):
        with open_media(given, isolate=False) as media:
            assert sum(len(batch.rgb) for batch in media.frames(np.arange(2))) == 2
            assert media.facts.path == given
            decord_may = os.fsdecode(name).isprintable() and b"\xff" not in name
            assert media.facts.decoder == ("decord" if decord_may else "pyav")


@pytest.mark.parametrize("name", NAMES[:2])
def test_every_name_opens_in_another_process(name, clip, tmp_path):
    path = copied(clip("closed.mp4"), name, tmp_path)
    with open_media(path, isolate=True) as media:
        assert sum(len(batch.rgb) for batch in media.frames(np.array([0, 20]))) == 2
        assert media.facts.path == path


def test_the_pixel_bound_comes_before_decoding(clip, files):
    assert "at most 1,000 pixels" in refusal(clip("closed.mp4"), max_pixels=1000)
    assert "at most 1,000 pixels" in refusal(files / "horse.png", max_pixels=1000)


SIDE = 99_999
GIF_HEAD = b"GIF89a" + b"\xff" * 4 + bytes(3) + b"," + bytes(4) + b"\xff" * 4 + b"\0\x08\1\0\0;"
BMP_HEAD = b"BM" + bytes(12) + struct.pack("<IiiHH", 40, SIDE, SIDE, 1, 24) + bytes(24)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("huge.gif", GIF_HEAD),
        ("huge.bmp", BMP_HEAD),
        ("huge.ppm", b"P6 99999 99999 255\n" + bytes(30)),
        ("huge.qoi", b"qoif" + struct.pack(">II", SIDE, SIDE) + b"\3\0" + bytes(30)),
    ],
)
def test_a_header_that_claims_gigapixels(name, head, tmp_path):
    path = tmp_path / name
    path.write_bytes(head)
    assert "at most 89,478,485 pixels" in refusal(path)


def test_media_errors_are_shown_without_traceback():
    assert issubclass(MediaError, TokcompError)
    assert MediaError.exit_code == 1
