"""Kinds of pictures that are read, and those that are named and refused."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.media.pngs import END, SIGNATURE, chunk, header
from tests.media.test_refusals import refusal
from tokcomp_cli.media.open import open_media


def read(path):
    with open_media(str(path)) as media:
        (batch,) = media.frames(np.array([0]))
        return batch.rgb[0], media.facts


def gradient():
    y, x = np.mgrid[0:40, 0:60]
    return np.stack([x * 4, y * 6, np.full_like(x, 90)], -1).astype(np.uint8)


def saved(picture, name, **options):
    content = BytesIO()
    picture.save(content, name, **options)
    return content.getvalue()


XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'
PCX = saved(Image.fromarray(gradient()), "PCX")
REFUSED = {
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
    "svg with an XML line": (XML + b"<!-- " + b"x" * 500 + b" -->\n<svg/>", "an SVG drawing"),
    "fits": (b"SIMPLE  =                    T".ljust(2880), "a FITS file"),
    "raf": (b"FUJIFILMCCD-RAW 0201" + bytes(99), "a camera's raw photo"),
    "cr3": (b"\0\0\0\x18ftypcrx " + bytes(99), "a camera's raw photo"),
    "dds": (saved(Image.fromarray(gradient()), "DDS"), "a DDS texture"),
    "sgi": (saved(Image.fromarray(gradient()), "SGI"), "an SGI picture"),
    "pcx": (PCX, "a PCX picture"),
    "zip": (b"PK\x03\x04" + bytes(40), "a ZIP archive"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_kinds_are_named(name, tmp_path):
    content, words = REFUSED[name]
    (tmp_path / "file").write_bytes(content)
    message = refusal(tmp_path / "file")
    assert words in message
    assert "not supported" in message
    assert "damaged" not in message


def test_xml_is_a_playlist_only_when_it_is_one(tmp_path):
    (tmp_path / "note.xml").write_bytes(XML + b"<note/>")
    assert "a text file" in refusal(tmp_path / "note.xml")
    (tmp_path / "list.xml").write_bytes(XML + b"<MPD/>")
    assert "a playlist" in refusal(tmp_path / "list.xml")


def tiff(*, bits=8, samples=3, form=1, method=1, order="<", big=False, more=(), pixels=b""):
    """Return a TIFF of one strip, 60 by 40 pixels."""
    place = 0
    tags = [
        (256, 3, [60]), (257, 3, [40]), (258, 3, [bits] * samples), (259, 3, [method]),
        (262, 3, [2]), (273, 4, [place]), (277, 3, [samples]), (278, 3, [40]),
        (279, 4, [len(pixels)]), (339, 3, [form] * samples), *more,
    ]  # fmt: skip
    widths, letters = {3: 2, 4: 4}, {3: "H", 4: "I"}
    inline, entry = (8, 20) if big else (4, 12)
    start = (16 + 8 if big else 8 + 2) + entry * len(tags) + inline
    beside, table = b"", b""
    data_at = start + sum(
        len(values) * widths[kind] for _tag, kind, values in tags if len(values) * widths[kind] > inline
    )
    for tag, kind, values in tags:
        held = struct.pack(f"{order}{len(values)}{letters[kind]}", *([data_at] if tag == 273 else values))
        if len(held) > inline:
            beside, held = beside + held, struct.pack(f"{order}{'Q' if big else 'I'}", start + len(beside))
        table += struct.pack(f"{order}HH{'Q' if big else 'I'}", tag, kind, len(values)) + held.ljust(
            inline, b"\0"
        )
    mark = b"II" if order == "<" else b"MM"
    if big:
        head = mark + struct.pack(f"{order}HHHQQ", 43, 8, 0, 16, len(tags))
    else:
        head = mark + struct.pack(f"{order}HIH", 42, 8, len(tags))
    return head + table + bytes(inline) + beside + pixels


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bits": 32, "form": 3, "pixels": bytes(60 * 40 * 12)}, "with floating-point colours"),
        ({"bits": 32, "pixels": bytes(60 * 40 * 12)}, "with 32 bits a channel"),
        ({"samples": 5, "pixels": bytes(60 * 40 * 5)}, "with 5 channels"),
        ({"method": 50001, "pixels": saved(Image.fromarray(gradient()), "WEBP")}, "compressed as WebP"),
        ({"method": 50002, "pixels": b"\xff\x0a" + bytes(300)}, "compressed as JPEG XL"),
        ({"more": [(50706, 4, [1])], "pixels": gradient().tobytes()}, "a camera's raw photo"),
    ],
)
def test_kinds_of_tiff(options, words, tmp_path):
    (tmp_path / "rare.tif").write_bytes(tiff(**options))
    with pytest.raises(Exception, match=words) as caught:
        read(tmp_path / "rare.tif")
    assert "not supported" in str(caught.value)
    assert "damaged" not in str(caught.value)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_tiff_of_both_orders_and_sizes(order, big, tmp_path):
    (tmp_path / "plain.tif").write_bytes(tiff(order=order, big=big, pixels=gradient().tobytes()))
    np.testing.assert_array_equal(read(tmp_path / "plain.tif")[0], gradient())


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
@pytest.mark.parametrize("options", [{}, {"compression": "tga_rle"}])
def test_targa(mode, options, tmp_path):
    if mode == "1" and options:
        pytest.skip("Pillow cannot write such a file, so there is none to read")
    picture = Image.fromarray(gradient()).convert(mode)
    (tmp_path / "any").write_bytes(saved(picture, "TGA", **options))
    pixels, facts = read(tmp_path / "any")
    assert facts.container == "tga"
    np.testing.assert_array_equal(pixels, np.asarray(picture.convert("RGB")))


def test_the_composite_of_a_psd(tmp_path):
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 40, 60, 8, 3) + bytes(12) + b"\0\0"
    (tmp_path / "drawing.psd").write_bytes(head + gradient().transpose(2, 0, 1).tobytes())
    pixels, facts = read(tmp_path / "drawing.psd")
    assert facts.container == "psd"
    np.testing.assert_array_equal(pixels, gradient())


@pytest.mark.parametrize("compression", [4, 13])
def test_rare_bmp(compression, tmp_path):
    head = b"BM" + struct.pack("<IHHI", 500, 0, 0, 54)
    head += struct.pack("<IiiHHIIiiII", 40, 10, 10, 1, 24, compression, 0, 0, 0, 0, 0)
    (tmp_path / "rare.bmp").write_bytes(head + bytes(400))
    assert "a BMP picture of a rare kind, which is not supported" in refusal(tmp_path / "rare.bmp")


def test_what_is_too_large_is_not_damaged(tmp_path):
    packed = chunk(b"IDAT", zlib.compress(b"\0"))
    big = SIGNATURE + header(size=(30_000, 30_000)) + packed + END
    icon = struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(big), 22)
    (tmp_path / "bomb.ico").write_bytes(icon + big)
    with pytest.raises(Exception, match="too large") as caught:
        read(tmp_path / "bomb.ico")
    assert "damaged" not in str(caught.value)
    avif = bytearray(saved(Image.fromarray(gradient()), "AVIF"))
    at = avif.find(b"ispe") + 8
    avif[at : at + 8] = struct.pack(">II", 17_000, 17_000)
    (tmp_path / "huge.avif").write_bytes(avif)
    assert "too large" in refusal(tmp_path / "huge.avif")


def test_a_librarys_words_stay_in_the_cause(tmp_path):
    (tmp_path / "head.png").write_bytes(SIGNATURE + bytes(50))
    message = refusal(tmp_path / "head.png")
    assert message.endswith("its header is damaged; save it again or use another copy.")
    (tmp_path / "noise.mp4").write_bytes(bytes(range(256)) * 40)
    assert refusal(tmp_path / "noise.mp4").endswith("its format is unknown; check the file.")


def test_jpeg_xl_without_its_plug_in_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("tokcomp_cli.media.stills.still.has_decoder", lambda _container: False)
    (tmp_path / "new.jxl").write_bytes(b"\xff\x0a" + bytes(30))
    assert "a JPEG XL picture, for which no decoder is installed" in refusal(tmp_path / "new.jxl")


class TestHeic:
    """Pictures as iPhones take them."""

    @pytest.fixture
    def heif(self):
        return pytest.importorskip("pillow_heif")

    def write(self, heif, path, pictures, **options):
        made = heif.from_pillow(pictures[0])
        for picture in pictures[1:]:
            made.add_from_pillow(picture)
        made.save(path, quality=100, chroma=444, **options)
        return path

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_orientation(self, heif, orientation, tmp_path):
        from tests.media.test_image import TURNS

        exif = Image.Exif()
        exif[0x0112] = orientation
        path = self.write(heif, tmp_path / "turned.heic", [Image.fromarray(gradient())], exif=exif.tobytes())
        pixels, facts = read(path)
        expected = TURNS[orientation][1](gradient())
        assert pixels.shape == expected.shape
        assert np.abs(pixels.astype(int) - expected).mean() < 4
        assert (facts.height, facts.width) == expected.shape[:2]

    def test_alpha_lies_over_white(self, heif, tmp_path):
        picture = np.dstack([gradient(), np.full((40, 60), 255, np.uint8)])
        picture[:, :30, 3] = 0
        pixels, _facts = read(self.write(heif, tmp_path / "clear.heic", [Image.fromarray(picture)]))
        assert (pixels[2:-2, 2:26] > 250).all()
        assert np.abs(pixels[:, 34:].astype(int) - gradient()[:, 34:]).mean() < 4

    def test_ten_bits(self, heif, tmp_path):
        wide = (gradient().astype(np.uint16) << 8).tobytes()
        made = heif.from_bytes(mode="RGB;16", size=(60, 40), data=wide)
        made.save(tmp_path / "ten.heic", quality=100, chroma=444)
        pixels, _facts = read(tmp_path / "ten.heic")
        assert np.abs(pixels.astype(int) - gradient()).mean() < 4

    def test_a_burst(self, heif, tmp_path):
        pictures = [Image.fromarray(np.roll(gradient(), number * 9, 1)) for number in range(3)]
        pixels, facts = read(self.write(heif, tmp_path / "burst.heic", pictures))
        assert np.abs(pixels.astype(int) - gradient()).mean() < 4
        assert "The file holds 3 pictures; the first was read." in facts.notes
