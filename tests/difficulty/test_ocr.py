import socket
from importlib.machinery import ModuleSpec
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tokcomp_cli.difficulty import ocr
from tokcomp_cli.difficulty.ocr import Reader, shrunk
from tokcomp_cli.errors import PlanError
from tokcomp_cli.media.open import open_media


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


def picture(path: Path) -> np.ndarray:
    with open_media(str(path)) as media:
        return next(iter(media.frames(np.array([0]), max_batch=1))).rgb[0]


@pytest.fixture
def _no_network(monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.mark.usefixtures("_no_network")
def test_writing_is_likely_on_pages_and_not_on_photos(samples, capfd):
    fresh = Reader(threads=1)
    likely = {name: fresh.likelihood(picture(samples / name)) for name in ("text.png", "typewriter.png")}
    unlikely = {
        n: fresh.likelihood(picture(samples / n)) for n in ("coffee.png", "flower.jpg", "chelsea.png")
    }
    assert min(likely.values()) > 0.5, likely
    assert max(unlikely.values()) < 0.1, unlikely
    assert capfd.readouterr() == ("", "")


def test_palette_and_cmyk_give_the_same_likelihood(samples, tmp_path, reader):
    plain = Image.open(samples / "text.png").convert("RGB")
    plain.quantize(256).save(tmp_path / "palette.png")
    plain.convert("CMYK").save(tmp_path / "cmyk.jpg", quality=100, subsampling=0)
    expected = reader.likelihood(picture(samples / "text.png"))
    assert reader.likelihood(picture(tmp_path / "palette.png")) == pytest.approx(expected, abs=0.02)
    assert reader.likelihood(picture(tmp_path / "cmyk.jpg")) == pytest.approx(expected, abs=0.05)


def test_words_are_read(reader):
    page = np.full((120, 640, 3), 255, np.uint8)
    cv2.putText(page, "Twelve lentils, twelve onions", (10, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 2)
    found = reader.words(page)
    assert found["twelve"] == 2
    assert {"lentils", "onions"} <= set(found)


@pytest.mark.parametrize("shape", [(1, 161), (161, 1), (1, 1), (3, 5000)])
def test_pictures_of_odd_shape_hold_no_writing(shape, reader):
    blank = np.full((*shape, 3), 200, np.uint8)
    assert reader.likelihood(blank) == 0.0
    assert not reader.words(blank)


def test_nothing_is_enlarged():
    small = np.zeros((10, 20, 3), np.uint8)
    assert shrunk(small, 480) is small
    assert shrunk(np.zeros((1000, 20, 3), np.uint8), 100).shape == (100, 2, 3)


def test_without_the_extra_a_reader_says_what_to_install(monkeypatch):
    def without(name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(ocr, "find_spec", without)
    assert ocr.missing() is not None
    with pytest.raises(PlanError, match=r'pip install "tokcomp\[ocr\]"'):
        Reader(threads=1)
