"""Pictures whole in their pixels, and odd beside them; animations composed by their specifications."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.media.pngs import (
    END,
    HEIGHT,
    SIGNATURE,
    WIDTH,
    announced,
    chunk,
    control,
    frame,
    gif,
    header,
    rows,
)
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.open import open_media

RED, GREEN, BLUE = (255, 0, 0), (0, 200, 0), (0, 0, 255)
WHITE = (255, 255, 255)


def read(path, wanted=None):
    """Return the frames and the facts of a file."""
    with open_media(str(path)) as media:
        chosen = np.arange(media.pts_seconds.size) if wanted is None else np.array(wanted)
        frames = np.concatenate([batch.rgb for batch in media.frames(chosen)])
        return frames, media.facts


def made(path, *parts):
    path.write_bytes(SIGNATURE + b"".join(parts))
    return path


def gradient():
    """Return a colourful picture, uint8, (48, 64, 3)."""
    y, x = np.mgrid[0:48, 0:64]
    return np.stack([x * 4, y * 5, np.full_like(x, 90)], -1).astype(np.uint8)


def text(size, *, international=False, times=1, packed=True):
    info = PngImagePlugin.PngInfo()
    for at in range(times):
        add = info.add_itxt if international else info.add_text
        add(f"w{at}", "x" * size, zip=packed)
    return {"pnginfo": info}


@pytest.mark.parametrize(
    "options",
    [
        text(2_000_000),
        text(2_000_000, international=True),
        text(2_000_000, packed=False),
        text(900_000, times=80),
        {"icc_profile": bytes(range(256)) * 9000},
    ],
    ids=["text", "international", "plain", "many", "profile"],
)
def test_text_and_profiles_of_any_size(options, tmp_path):
    Image.fromarray(gradient()).save(tmp_path / "text.png", **options)
    frames, facts = read(tmp_path / "text.png")
    np.testing.assert_array_equal(frames[0], gradient())
    assert not facts.salvaged
    assert [note for note in facts.notes if "profile" not in note] == []


PIXELS = rows(GREEN)
IDAT = chunk(b"IDAT", PIXELS)
DENSITY = struct.pack(">IIB", 2835, 2835, 1)
WHOLE_PNGS = {
    "density": (chunk(b"pHYs", DENSITY, wrong=1), IDAT, END),
    "text": (chunk(b"tEXt", b"a\0b", wrong=1), IDAT, END),
    "text behind": (IDAT, chunk(b"tEXt", b"a\0b", wrong=1), END),
    "long text behind": (IDAT, chunk(b"zTXt", b"w\0\0" + zlib.compress(b"x" * 2_000_000)), END),
    "private": (chunk(b"prVt", b"xyz", wrong=1), IDAT, END),
    "end": (IDAT, chunk(b"IEND", b"", wrong=1)),
    "no end": (IDAT,),
    "half an end": (IDAT, END[:6]),
    "pixels": (chunk(b"IDAT", PIXELS, wrong=1), END),
    "sum of the pixels": (chunk(b"IDAT", PIXELS[:-1] + b"\0"), END),
    "no sum": (chunk(b"IDAT", PIXELS[:-4]), END),
    "more behind": (chunk(b"IDAT", PIXELS + b"extra" * 5), END),
    "profile of a method": (chunk(b"iCCP", b"n\0\1" + zlib.compress(b"x" * 200)), IDAT, END),
    "profile of junk": (chunk(b"iCCP", b"n\0\0" + b"junk" * 9), IDAT, END),
    "empty pixels": (chunk(b"IDAT", b""), IDAT, chunk(b"IDAT", b""), END),
    "EXIF of junk": (chunk(b"eXIf", b"junk"), IDAT, END),
}


@pytest.mark.parametrize("name", WHOLE_PNGS)
def test_a_png_whole_in_its_pixels(name, tmp_path):
    frames, facts = read(made(tmp_path / "odd.png", header(), *WHOLE_PNGS[name]))
    assert (frames[0] == GREEN).all()
    assert not facts.salvaged


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_png_cut_in_its_pixels_keeps_its_rows(interlaced, tmp_path):
    picture = np.random.default_rng(2).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    if interlaced:
        scans = [picture[top::down, left::across] for left, across, top, down in (
            (0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)
        )]  # fmt: skip
    else:
        scans = [picture]
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for scan in scans for row in scan))
    size = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, int(interlaced))
    whole = SIGNATURE + chunk(b"IHDR", size) + chunk(b"IDAT", packed) + END
    (tmp_path / "whole.png").write_bytes(whole)
    frames, facts = read(tmp_path / "whole.png")
    np.testing.assert_array_equal(frames[0], picture)
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) * 3 // 4])
    frames, facts = read(tmp_path / "cut.png")
    assert facts.salvaged
    np.testing.assert_array_equal(frames[0][0], picture[0])


KEYS = {
    "RGB 8": (8, 2, (255, 0, 0), (0, 0, 200), (255, 0, 0), (0, 0, 200)),
    "RGB 16": (16, 2, (65535, 0, 0), (0, 0, 51400), (65535, 0, 0), (0, 0, 200)),
    "RGB 16 near": (16, 2, (65535, 0, 0), (65534, 0, 0), (65535, 0, 0), (255, 0, 0)),
    "RGB 16 mixed": (16, 2, (0x1234, 0x5678, 0x9ABC), (0, 0, 51400), (0x1234, 0x5678, 0x9ABC), (0, 0, 200)),
    "grey 1": (1, 0, (0,), (1,), (0,), WHITE),
    "grey 2": (2, 0, (1,), (2,), (1,), (170,) * 3),
    "grey 4": (4, 0, (3,), (9,), (3,), (153,) * 3),
    "grey 8": (8, 0, (10,), (100,), (10,), (100,) * 3),
    "grey 16": (16, 0, (2570,), (25700,), (2570,), (100,) * 3),
    "grey 16 low": (16, 0, (10,), (25700,), (10,), (100,) * 3),
    "grey 16 near": (16, 0, (0x1234,), (0x1235,), (0x1234,), (18,) * 3),
}


@pytest.mark.parametrize("name", KEYS)
def test_colour_keys_are_compared_as_they_are_stored(name, tmp_path):
    depth, colour, left, right, key, shown = KEYS[name]
    halves = [left] * (WIDTH // 2) + [right] * (WIDTH // 2)
    if depth < 8:
        bits = "".join(format(value[0], f"0{depth}b") for value in halves)
        row = int(bits, 2).to_bytes(len(bits) // 8, "big")
    else:
        row = b"".join(struct.pack(">B" if depth == 8 else ">H", part) for value in halves for part in value)
    packed = zlib.compress((b"\0" + row) * HEIGHT)
    transparent = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
    path = made(tmp_path / "key.png", header(depth, colour), transparent, chunk(b"IDAT", packed), END)
    frames, _facts = read(path)
    assert (frames[0][:, : WIDTH // 2] == 255).all()
    assert (frames[0][:, WIDTH // 2 :] == shown).all()


TWO = [control(0), IDAT, control(1), frame(2, rows(RED))]
ANIMATIONS = {
    "a default picture and one frame": ([announced(1), IDAT, control(0), frame(1, rows(BLUE))], [BLUE], True),
    "a default picture and two": (
        [announced(2), IDAT, control(0), frame(1, rows(RED)), control(2), frame(3, rows(BLUE))],
        [RED, BLUE],
        True,
    ),
    "announced too low": ([announced(1), *TWO], [GREEN, RED], True),
    "announced too high": ([announced(9), *TWO], [GREEN, RED], True),
    "none announced": ([announced(0), *TWO], [GREEN], False),
    "no announcement": (TWO, [GREEN], False),
    "a late announcement": ([IDAT, announced(2), control(0), frame(1, rows(RED))], [GREEN], False),
    "a repeated control": (
        [announced(2), IDAT, control(0), control(1), frame(2, rows(RED)), control(3), frame(4, rows(BLUE))],
        [RED, BLUE],
        True,
    ),
    "a gap in the numbers": (
        [announced(2), control(0), IDAT, control(5), frame(6, rows(RED))], [GREEN, RED], True
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANIMATIONS)
def test_apng_frames_are_those_that_are_there(name, tmp_path):
    parts, colours, animated = ANIMATIONS[name]
    frames, facts = read(made(tmp_path / "moving.png", header(), *parts, END))
    assert [picture[5, 5].tolist() for picture in frames] == [list(colour) for colour in colours]
    assert facts.frames_in_file == len(colours)
    assert (facts.kind == "animation") == (animated and len(colours) > 1)
    assert not facts.salvaged
    assert ("announces" in " ".join(facts.notes)) == name.startswith("announced")


def square(size, colour):
    return zlib.compress((b"\0" + bytes(colour) * size) * size)


@pytest.mark.parametrize("blend", [0, 1])
def test_apng_frames_do_not_depend_on_which_were_read(blend, tmp_path):
    clear, half = (0, 0, 0, 0), (0, 0, 255, 128)
    opaque = [(*colour, 255) for colour in (GREEN, RED)]
    parts = [
        announced(4),
        control(0), chunk(b"IDAT", rows(opaque[0])),
        control(1, dispose=2, blend=blend), frame(2, rows(opaque[1])),
        control(3, size=(8, 8), dispose=1, blend=blend), frame(4, square(8, half)),
        control(5, size=(4, 4), place=(2, 2), blend=1), frame(6, square(4, clear)),
    ]  # fmt: skip
    path = made(tmp_path / "moving.png", header(colour=6), *parts, END)
    frames, _facts = read(path)
    corner = [0, 99, 128] if blend else [127, 127, 255]
    assert frames[:, 20, 40].tolist() == [[0, 200, 0], [255, 0, 0], [0, 200, 0], [0, 200, 0]]
    assert frames[2, 3, 3].tolist() == pytest.approx(corner, abs=1)
    assert frames[3, 3, 3].tolist() == [255, 255, 255]
    for wanted in ([3], [2], [1, 3], [0, 2]):
        np.testing.assert_array_equal(read(path, wanted)[0], frames[wanted])


@pytest.mark.parametrize(
    ("screen", "size"), [((40, 40), (40, 40)), ((1, 1), (40, 40)), ((0, 0), (40, 40)), ((50, 30), (50, 40))]
)
def test_gif_frames_past_the_screen_are_cut_there(screen, size, tmp_path):
    frames = [(0, 0, 40, 40, 0), (20, 20, 60, 40, 1), (0, 0, 40, 40, 0)]
    (tmp_path / "past.gif").write_bytes(gif(screen, frames))
    pictures, facts = read(tmp_path / "past.gif")
    assert (facts.width, facts.height) == size
    assert pictures.shape == (3, size[1], size[0], 3)
    assert pictures[:, 30, 30].tolist() == [[255, 0, 0], [0, 0, 255], [255, 0, 0]]
    assert pictures[1, 5, 5].tolist() == [255, 0, 0]


def test_stray_zeros_between_gif_blocks(tmp_path):
    frames = [(0, 0, 40, 40, colour) for colour in (0, 1, 0)]
    (tmp_path / "stray.gif").write_bytes(gif((40, 40), frames, between=b"\0"))
    assert read(tmp_path / "stray.gif")[1].frames_in_file == 3


def segment(marker, content):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg(**options):
    content = io.BytesIO()
    Image.fromarray(gradient()).save(content, "JPEG", quality=92, **options)
    return content.getvalue()


PLAIN = jpeg()
WHOLE_JPEGS = {
    "short Adobe": PLAIN[:2] + segment(0xEE, b"Adobe") + PLAIN[2:],
    "short JFIF": PLAIN[:2] + segment(0xE0, b"JFIF\0") + PLAIN[20:],
    "empty ICC": PLAIN[:2] + segment(0xE2, b"ICC_PROFILE\0") + PLAIN[2:],
    "EXIF of junk": PLAIN[:2] + segment(0xE1, b"Exif\0\0junkjunkjunk") + PLAIN[2:],
    "Photoshop of junk": PLAIN[:2] + segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\xff\xff") + PLAIN[2:],
    "fill bytes": PLAIN[:2] + b"\xff" * 7 + PLAIN[2:],
    "between segments": PLAIN[:20] + b"\0\0\0" + PLAIN[20:],
    "no end": PLAIN[:-2],
    "no end, progressive": jpeg(progressive=True)[:-2],
    "two starts": b"\xff\xd8" + PLAIN,
    "junk behind": PLAIN + bytes(5000),
}


@pytest.mark.parametrize("name", WHOLE_JPEGS)
def test_a_jpeg_whole_in_its_pixels(name, tmp_path):
    (tmp_path / "odd.jpg").write_bytes(WHOLE_JPEGS[name])
    frames, facts = read(tmp_path / "odd.jpg")
    whole = jpeg(progressive=True) if "progressive" in name else PLAIN
    np.testing.assert_array_equal(frames[0], np.asarray(Image.open(io.BytesIO(whole))))
    assert not facts.salvaged


@pytest.mark.parametrize("name", ["png", "jpeg", "bmp", "ppm", "gif", "tiff"])
def test_a_picture_of_which_nothing_is_there_is_an_error(name, tmp_path):
    content = io.BytesIO()
    options = {"compression": "tiff_lzw"} if name == "tiff" else {}
    Image.fromarray(gradient()).save(content, name, **options)
    whole = content.getvalue()
    if name == "tiff":  # its directory comes last
        strip = int.from_bytes(whole[4:8], "little")
        cut = whole[:8] + b"\xff" * (strip - 8) + whole[strip:]
    else:
        at = {"png": whole.find(b"IDAT") + 6, "jpeg": whole.find(b"\xff\xda") + 14, "bmp": 56, "ppm": 16}
        cut = whole[: at.get(name, whole.find(b",") + 12)]
    (tmp_path / f"empty.{name}").write_bytes(cut)
    with pytest.raises(MediaError):
        read(tmp_path / f"empty.{name}")
