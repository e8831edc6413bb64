"""Stills: turned, sRGB, alpha over white, 8 bits, cut-off ones as far as they go."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.open import open_media, probe


def read(path, **options):
    with open_media(str(path), **options) as media:
        assert media.pts_seconds.tolist() == [0.0]
        assert media.duration_seconds.tolist() == [0.0]
        (batch,) = media.frames(np.array([0]))
        assert batch.frame_index.tolist() == [0]
        assert batch.rgb.dtype == np.uint8
        return batch.rgb[0], media.facts


def arrow():
    """Return a picture without any symmetry, uint8, (16, 24, 3)."""
    picture = np.full((16, 24, 3), 200, np.uint8)
    picture[:8, :8] = (250, 10, 10)
    picture[8:, 16:] = (10, 10, 250)
    return picture


TURNS = {
    1: (0, lambda p: p),
    2: (0, lambda p: p[:, ::-1]),
    3: (180, lambda p: p[::-1, ::-1]),
    4: (180, lambda p: p[::-1]),
    5: (270, lambda p: p.transpose(1, 0, 2)),
    6: (90, lambda p: np.rot90(p, -1)),
    7: (90, lambda p: p[::-1, ::-1].transpose(1, 0, 2)),
    8: (270, lambda p: np.rot90(p, 1)),
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "webp", "tiff", "jpg"])
def test_exif_orientation(orientation, suffix, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{suffix}"
    options = (
        {"quality": 100, "subsampling": 0}
        if suffix == "jpg"
        else {"lossless": True}
        if suffix == "webp"
        else {}
    )
    Image.fromarray(arrow()).save(path, exif=exif, **options)
    pixels, facts = read(path)
    degrees, turn = TURNS[orientation]
    assert facts.rotation_degrees == degrees
    expected = turn(arrow())
    assert pixels.shape == expected.shape
    assert (facts.height, facts.width) == expected.shape[:2]
    assert np.abs(pixels.astype(int) - expected).max() <= 6
    assert any("mirrored" in note for note in facts.notes) == (orientation in (2, 4, 5, 7))


def test_orientation_nonsense_is_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 77
    Image.fromarray(arrow()).save(tmp_path / "odd.png", exif=exif)
    pixels, facts = read(tmp_path / "odd.png")
    assert facts.rotation_degrees == 0
    np.testing.assert_array_equal(pixels, arrow())


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 77, (77, 77, 77)),
        ("LA", (0, 128), (127, 127, 127)),
        ("RGB", (1, 2, 3), (1, 2, 3)),
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 200, 255), (0, 0, 200)),
        ("P", 0, (0, 0, 0)),
        ("I;16", 65535, (255, 255, 255)),
        ("I;16", 128 * 257, (128, 128, 128)),
    ],
)
def test_modes(mode, colour, expected, tmp_path):
    Image.new(mode, (5, 4), colour).save(tmp_path / "plain.png")
    pixels, _facts = read(tmp_path / "plain.png")
    assert pixels.shape == (4, 5, 3)
    np.testing.assert_array_equal(pixels[1, 1], expected)


def test_transparent_palette(tmp_path):
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([0, 0, 0, 10, 200, 30])
    picture.putpixel((0, 0), 0)
    picture.save(tmp_path / "see.png", transparency=0)
    pixels, _facts = read(tmp_path / "see.png")
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[1, 1].tolist() == [10, 200, 30]


def test_floats_are_stretched_and_told(tmp_path):
    values = np.linspace(-2, 6, 20, dtype=np.float32).reshape(4, 5)
    Image.fromarray(values).save(tmp_path / "depth.tiff")
    pixels, facts = read(tmp_path / "depth.tiff")
    assert (pixels[0, 0, 0], pixels[-1, -1, 0]) == (0, 255)
    assert facts.notes == ("Grey values from -2 to 6 were stretched to 0-255.",)


def test_one_map_in_three_encodings(files):
    palette, _facts = read(files / "baiona_colormapped.png")
    cmyk, facts = read(files / "baiona_cmyk.jpg")
    assert facts.codec == "CMYK"
    assert palette.shape == cmyk.shape
    assert np.abs(palette.astype(int) - cmyk).mean() < 40  # CMYK covers fewer colours


def test_profile_is_applied(files):
    pixels, facts = read(files / "rocket.jpg")
    assert "Adobe RGB (1998)" in facts.notes[0]
    plain = np.asarray(Image.open(files / "rocket.jpg").convert("RGB"))
    assert 0 < np.abs(pixels.astype(int) - plain).mean() < 20


def test_srgb_profile_changes_nothing_and_a_broken_one_is_told(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(arrow()).save(tmp_path / "srgb.png", icc_profile=profile)
    pixels, facts = read(tmp_path / "srgb.png")
    np.testing.assert_array_equal(pixels, arrow())
    assert facts.notes == ()
    Image.fromarray(arrow()).save(tmp_path / "broken.png", icc_profile=b"no profile")
    pixels, facts = read(tmp_path / "broken.png")
    np.testing.assert_array_equal(pixels, arrow())
    assert "unusable" in facts.notes[0]


def test_alpha_lies_over_white(files):
    pixels, facts = read(files / "horse.png")
    assert facts.codec == "RGBA"
    assert pixels[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("suffix", ["bmp", "gif", "ppm", "jp2", "avif", "qoi", "tiff", "webp", "mpo"])
def test_formats(suffix, tmp_path):
    path = tmp_path / f"any.{suffix}"
    Image.fromarray(arrow()).save(path)
    pixels, facts = read(path)
    assert facts.kind == "image"
    assert facts.decoder == "pillow"
    assert pixels.shape == (16, 24, 3)
    assert np.abs(pixels.astype(int) - arrow()).mean() < 12


def test_more_than_one_picture_is_told(tmp_path):
    first, second = Image.fromarray(arrow()), Image.fromarray(arrow()[::-1].copy())
    first.save(tmp_path / "two.tiff", save_all=True, append_images=[second])
    first.save(tmp_path / "two.mpo", save_all=True, append_images=[second])
    for name in ("two.tiff", "two.mpo"):
        _pixels, facts = read(tmp_path / name)
        assert facts.notes == ("The file holds 2 pictures; the first was read.",)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.97])
@pytest.mark.parametrize("name", ["rocket.jpg", "IMG-20191006-WA0002.jpg", "horse.png"])
def test_cut_off_pictures_are_salvaged(name, share, files, tmp_path):
    whole, _facts = read(files / name)
    content = (files / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * share)])
    pixels, facts = read(tmp_path / name)
    assert facts.salvaged
    assert pixels.shape == whole.shape
    assert np.abs(pixels[:10].astype(int) - whole[:10]).mean() < 30
    assert "cut off" in facts.notes[-1]


def test_cut_off_webp_is_an_error(tmp_path):
    buffer = BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(buffer, "webp")
    (tmp_path / "half.webp").write_bytes(buffer.getvalue()[:1000])
    with pytest.raises(MediaError):
        read(tmp_path / "half.webp")


def test_one_row_of_pixels(files):
    pixels, _facts = read(files / "empty.jpg")
    assert pixels.shape == (1, 161, 3)


def test_huge_jpeg_is_reduced_and_said(files):
    pixels, facts = read(files / "rocket.jpg", max_pixels=100_000)
    assert (facts.width, facts.height) == (640, 427)
    assert pixels.shape == (214, 320, 3)
    assert "reduced size" in facts.notes[0]
    with pytest.raises(MediaError, match="at most 1,000 pixels"):
        probe(str(files / "rocket.jpg"), max_pixels=1000)
    with pytest.raises(MediaError, match="at most 100,000 pixels"):  # progressive
        probe(str(files / "IMG-20191006-WA0002.jpg"), max_pixels=100_000)


def test_no_frame_asked_for(files):
    with open_media(str(files / "horse.png")) as media:
        assert list(media.frames(np.array([], dtype=np.int64))) == []
