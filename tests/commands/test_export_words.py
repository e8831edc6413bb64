import json

import numpy as np
import pytest
from PIL import Image

from tests.export.clips import page
from tokcomp_cli.difficulty.ocr import Reader, missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(missing() is not None, reason=f"needs the extra ocr: {missing()}"),
]


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-5"])
def test_a_page_is_sent_large_enough_to_read_and_a_flower_small(tokcomp, samples, tmp_path, model):
    Image.fromarray(page(0, (1400, 150), 13)).save(tmp_path / "page.png")
    out = tmp_path / "out"
    # The target is low, so that the writing alone decides.
    given = ("--for", model, "--target", 0.2, "--format", "png", "-o", out, "-q")
    assert tokcomp("export", tmp_path / "page.png", samples / "flower.jpg", *given).code == 0
    text, flower = json.loads((out / "manifest.json").read_text())["inputs"]
    assert (text["setting"], flower["setting"]) == ("detail=high", "detail=low")
    reader, counts = Reader(threads=1), []
    for file in (tmp_path / "page.png", out / text["files"][0]["file"]):
        with Image.open(file) as picture:
            counts.append(reader.words(np.asarray(picture.convert("RGB"))))
    there, read = counts
    assert there.total() > 10
    assert (there & read).total() >= 0.9 * there.total()
