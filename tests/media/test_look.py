"""Frames and stills as they are meant to be seen: alpha over white, mirrored, in sRGB."""

import struct
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.media.clips import X264, Clip, write
from tests.media.pngs import END, SIGNATURE, chunk, header, rows
from tokcomp_cli.media.gamut import to_srgb
from tokcomp_cli.media.open import open_media, probe

INPUT = (((32, 48), "bicubic"),)
WIDTH, HEIGHT = 96, 64


def first(path, **options):
    with open_media(str(path), isolate=False) as media:
        (batch,) = media.frames(np.array([0]), **options)
        return batch.pictures[0], media.facts


def half_clear(path, codec, pixel_format, **options):
    """Write red frames whose left half is clear over green, which must not show."""
    picture = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    picture[:, : WIDTH // 2, 1] = 200
    picture[:, WIDTH // 2 :] = (255, 0, 0, 255)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixel_format
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(picture, format="rgba").reformat(format=pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("vp8.webm", "libvpx", "yuva420p"),
        ("vp9.webm", "libvpx-vp9", "yuva420p"),
        ("prores.mov", "prores_ks", "yuva444p10le"),
        ("qtrle.mov", "qtrle", "argb"),
        ("png.mov", "png", "rgba"),
        ("ffv1.mkv", "ffv1", "yuva420p"),
        ("utvideo.avi", "utvideo", "gbrap"),
    ],
)
def test_alpha_of_video_lies_over_white(name, codec, pixel_format, tmp_path):
    options = {"auto-alt-ref": "0"} if "vp" in codec else {"profile": "4444"} if "prores" in codec else {}
    path = half_clear(tmp_path / name, codec, pixel_format, **options)
    for scaled in ((), INPUT):
        picture, facts = first(path, scaled=scaled)
        whole, small = picture.rgb(), picture.scaled(*INPUT[0])
        assert np.abs(whole[4:-4, 4:40].astype(int) - 255).max() <= 3
        assert np.abs(whole[4:-4, -40:-4].astype(int) - (255, 0, 0)).max() <= 12
        assert np.abs(small[3:-3, 3:20].astype(int) - 255).max() <= 3
        assert facts.decoder == "pyav"


def test_the_fourth_byte_of_an_uncompressed_avi_is_not_alpha(tmp_path):
    path = tmp_path / "raw.avi"
    picture = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    picture[..., 2] = 200
    with av.open(str(path), "w") as container:
        stream = container.add_stream("rawvideo", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgra"
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(picture, format="bgra")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert first(path)[0].rgb()[5, 5].tolist() == [200, 0, 0]


@pytest.mark.parametrize("busy", ["alpha", "colour"])
def test_an_avif_sequence_with_alpha_shows_its_pictures(busy, tmp_path):
    source = np.random.default_rng(1)
    frames = []
    for _number in range(4):
        noise = source.integers(0, 256, (64, 96))
        picture = np.full((64, 96, 4), (10, 150, 245, 255), np.uint8)
        if busy == "alpha":
            picture[:, :48, 3] = noise[:, :48]
        else:
            picture[..., 0] = noise
            picture[:, :48, 3] = 0
        frames.append(Image.fromarray(picture))
    path = tmp_path / "sequence.avif"
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=100, quality=95, subsampling="4:4:4"
    )
    with open_media(str(path)) as media:
        assert media.facts.frames_in_file == 4
        assert media.pts_seconds == pytest.approx([0, 0.1, 0.2, 0.3])
        pictures = np.concatenate([batch.rgb for batch in media.frames(np.arange(4))])
        assert media.facts.notes == ()
    assert probe(str(path)).frames_in_file == 4
    right = pictures[:, 8:-8, 60:].astype(int)
    if busy == "alpha":
        assert np.abs(right - (10, 150, 245)).max() < 12
        expected = np.asarray(Image.alpha_composite(Image.new("RGBA", (96, 64), "white"), frames[0]))[..., :3]
        assert np.abs(pictures[0].astype(int) - expected).mean() < 12
    else:
        assert (pictures[:, 4:-4, 4:40] > 250).all()
        assert np.abs(right[..., 1:] - (150, 245)).mean() < 12


MATRICES = {
    "mirrored": ((-1, 0, 0, 1), lambda p: p[:, ::-1], 0),
    "flipped": ((1, 0, 0, -1), lambda p: p[::-1], 180),
    "transposed": ((0, 1, 1, 0), lambda p: p.transpose(1, 0, 2), 270),
    "transversed": ((0, -1, -1, 0), lambda p: p[::-1, ::-1].transpose(1, 0, 2), 90),
    "quarter": ((0, 1, -1, 0), lambda p: np.rot90(p, -1), 90),
    "half": ((-1, 0, 0, -1), lambda p: p[::-1, ::-1], 180),
    "three quarters": ((0, -1, 1, 0), lambda p: np.rot90(p, 1), 270),
}


@pytest.mark.parametrize("name", MATRICES)
def test_display_matrices_turn_and_mirror(name, clip, tmp_path):
    numbers, turn, degrees = MATRICES[name]
    content = bytearray(clip("closed.mp4").read_bytes())
    at = content.find(b"tkhd") + 4 + 4 + 20 + 16
    a, b, c, d = (struct.pack(">i", value << 16) for value in numbers)
    content[at : at + 36] = a + b + bytes(4) + c + d + bytes(12) + struct.pack(">i", 1 << 30)
    path = tmp_path / "turned.mp4"
    path.write_bytes(content)
    upright, _facts = first(clip("closed.mp4"), scaled=INPUT)
    picture, facts = first(path, scaled=INPUT)
    np.testing.assert_array_equal(picture.rgb(), turn(upright.rgb()))
    assert picture.size == (facts.height, facts.width) == turn(upright.rgb()).shape[:2]
    assert facts.rotation_degrees == degrees
    assert ("mirrored" in " ".join(facts.notes)) == (name in list(MATRICES)[:4])
    small = (20, 12) if degrees in (90, 270) else (12, 20)
    np.testing.assert_allclose(
        picture.scaled(small, "area").astype(int), turn(upright.scaled((12, 20), "area")), atol=1
    )


P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
BT2020 = ((0.67348, 0.27904, -0.00193), (0.16567, 0.67535, 0.02997), (0.12504, 0.04561, 0.79686))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))


def fixed(value):
    return struct.pack(">i", round(value * 65536))


def profile(name, corners, curve, space=b"RGB "):
    """Return an ICC profile by hand: a matrix of corners (or grey) and one curve for all channels."""
    words = name.encode() + b"\0"
    described = b"desc" + bytes(4) + struct.pack(">I", len(words)) + words + bytes(78)
    described += bytes(-len(described) % 4)
    tags = [(b"desc", described), (b"wtpt", b"XYZ " + bytes(4) + fixed(0.9642) + fixed(1) + fixed(0.8249))]
    if space == b"RGB ":
        for letter, corner in zip(b"rgb", corners, strict=True):
            tags.append((bytes([letter]) + b"XYZ", b"XYZ " + bytes(4) + b"".join(map(fixed, corner))))
            tags.append((bytes([letter]) + b"TRC", curve))
    else:
        tags.append((b"kTRC", curve))
    at = 132 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for kind, content in tags:
        table += kind + struct.pack(">II", at + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"lcms", 0x02400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += fixed(0.9642) + fixed(1) + fixed(0.8249)
    return head.ljust(128, b"\0") + table + body


def gamma(value):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256)) + b"\0\0"


def srgb_curve():
    levels = np.arange(1024) / 1023
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return b"curv" + bytes(4) + struct.pack(">I1024H", 1024, *np.rint(light * 65535).astype(int).tolist())


def colours():
    levels = np.linspace(0, 255, 12).astype(np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels), -1).reshape(36, 48, 3)


def by_lcms(pixels, content):
    made = ImageCms.profileToProfile(
        Image.fromarray(pixels),
        ImageCms.ImageCmsProfile(BytesIO(content)),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    )
    return np.asarray(made).astype(int)


@pytest.mark.parametrize(("code", "corners"), [(12, P3), (9, BT2020)])
def test_wide_colours_are_those_of_littlecms(code, corners):
    expected = by_lcms(colours(), profile("wide", corners, srgb_curve()))
    assert np.abs(to_srgb(colours(), code, 13).astype(int) - expected).max() <= 3


def test_srgb_by_code_points_stays_as_it_is():
    np.testing.assert_array_equal(to_srgb(colours(), 1, 13), colours())


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ((12, 13), "turned from Display P3"),
        ((9, 1), "turned from BT.2020"),
        ((9, 16), "HDR picture (PQ)"),
        ((9, 18), "HDR picture (HLG)"),
        ((1, 13), None),
    ],
)
@pytest.mark.parametrize("suffix", ["png", "avif"])
def test_code_points_of_stills(points, words, suffix, tmp_path):
    path = tmp_path / f"wide.{suffix}"
    if suffix == "png":
        named = chunk(b"cICP", bytes((*points, 0, 1)))
        path.write_bytes(SIGNATURE + header() + named + chunk(b"IDAT", rows((40, 200, 90))) + END)
    else:
        Image.new("RGB", (64, 32), (40, 200, 90)).save(path, quality=100, subsampling="4:4:4")
        content = bytearray(path.read_bytes())
        at = content.find(b"colrnclx") + 8
        content[at : at + 4] = struct.pack(">HH", *points)
        path.write_bytes(content)
    picture, facts = first(path)
    assert facts.notes == () if words is None else words in facts.notes[0]
    plain = np.full((1, 1, 3), (40, 200, 90), np.uint8)
    changed = points[0] != 1 and points[1] not in (16, 18)
    expected = to_srgb(plain, *points) if changed else plain
    assert np.abs(picture.rgb()[5, 5].astype(int) - expected[0, 0]).max() <= 3
    if words is not None and "HDR" in words:
        assert probe(str(path)).notes == facts.notes


def test_wide_colours_of_video_are_turned(tmp_path):
    def wide(stream):
        stream.codec_context.color_primaries, stream.codec_context.color_trc = 9, 1

    path = write(Clip("wide.mp4", options=X264, setup=wide, frames=3), tmp_path)
    plain = write(Clip("plain.mp4", options=X264, frames=3), tmp_path)
    picture, facts = first(path, scaled=INPUT)
    assert "Colours were turned from BT.2020 to sRGB." in facts.notes
    np.testing.assert_array_equal(picture.rgb(), to_srgb(first(plain)[0].rgb(), 9, 1))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff"])
@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("sRGB linear g10", profile("sRGB linear g10", SRGB, gamma(1.0)), False),
        ("not sRGB but wide", profile("not sRGB but wide", P3, gamma(2.2)), False),
        ("mine", profile("mine", SRGB, srgb_curve()), True),
    ],
)
def test_a_profile_is_known_by_what_it_does(suffix, name, content, kept, tmp_path):
    options = {"jpg": {"quality": 95, "subsampling": 0}, "webp": {"lossless": True}}.get(suffix, {})
    path = tmp_path / f"profile.{suffix}"
    Image.fromarray(colours()).save(path, icc_profile=content, **options)
    stored = np.asarray(Image.open(path))
    picture, facts = first(path)
    if kept:
        np.testing.assert_array_equal(picture.rgb(), stored)
        assert facts.notes == ()
    else:
        np.testing.assert_array_equal(picture.rgb().astype(int), by_lcms(stored, content))
        assert name in facts.notes[0]


def test_a_grey_profile_with_the_name_of_srgb(tmp_path):
    grey = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(8, 32))
    content = profile("sRGB-like grey linear", None, gamma(1.0), b"GRAY")
    grey.save(tmp_path / "grey.png", icc_profile=content)
    picture, facts = first(tmp_path / "grey.png")
    light = np.arange(256) / 255
    expected = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    shown = picture.rgb()[..., 0].ravel()
    assert np.abs(shown - expected)[24:].max() <= 2  # LittleCMS interpolates: the darkest levels are coarser
    assert np.abs(shown - expected).max() <= 10
    assert "sRGB-like" in facts.notes[0]


@pytest.mark.parametrize(("suffix", "options"), [("webp", {"lossless": True}), ("png", {})])
def test_animations_obey_their_orientation(suffix, options, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = [Image.fromarray(np.roll(colours(), 5 * number, 0)) for number in range(3)]
    path = tmp_path / f"turned.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, exif=exif, **options)
    with open_media(str(path)) as media:
        (batch,) = media.frames(np.arange(3))
        assert (media.facts.height, media.facts.width, media.facts.rotation_degrees) == (48, 36, 90)
        for picture, source in zip(batch.rgb, frames, strict=True):
            np.testing.assert_array_equal(picture, np.rot90(np.asarray(source), -1))
