"""Open models are held to the processors of `transformers`, built here from settings, without network."""

import pytest

from tokcomp_cli.cost.table import load_models
from tokcomp_cli.cost.video import Clip

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
processors = pytest.importorskip("tests.cost.processors")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # what `transformers` warns of is not ours
]

SIZES = [
    *((336, 336), (640, 480), (480, 640), (512, 512), (1024, 1024), (1920, 1080), (1080, 1920), (1280, 720)),
    *((800, 600), (600, 800), (1, 1), (1, 200), (10, 10), (16, 16), (27, 29), (28, 28), (31, 33), (40, 1500)),
    *((1500, 40), (100, 2000), (2000, 100), (13, 1999), (2000, 11), (64, 64), (224, 224), (225, 224)),
    *((384, 384), (385, 384), (447, 449), (448, 448), (500, 333), (333, 500), (768, 768), (769, 768)),
    *((896, 896), (1000, 300), (300, 1000), (1200, 1000), (1365, 1024), (1366, 768), (1500, 1500)),
    *((1600, 900), (2048, 1024), (1023, 1537), (2560, 1440), (3024, 4032), (720, 1560), (513, 1025)),
    *((1153, 1151), (2305, 385)),
]
CLIPS = [
    *((640, 360, 1253, 24.0), (640, 360, 132, 25.0), (1920, 1080, 240, 24.0), (1920, 1080, 18000, 30.0)),
    *((1280, 720, 18000, 30.0), (320, 240, 10, 10.0), (320, 240, 4, 25.0), (320, 240, 3, 25.0)),
    *((320, 240, 2, 1.0), (64, 48, 900, 29.97), (3840, 2160, 600, 60.0), (1080, 1920, 9000, 30.0)),
    *((20, 300, 100, 25.0), (640, 480, 90000, 25.0), (1920, 1080, 26, 10.0), (1920, 1080, 55, 10.0)),
    *((500, 500, 3000, 25.0), (30, 30, 50, 5.0), (2000, 20, 100, 10.0), (848, 480, 1111, 23.976)),
]


def tier_of(model, name):
    return next(tier for tier in model.tiers if tier.name == name)


@pytest.mark.parametrize(("name", "tier"), processors.PICTURES, ids=str)
def test_pictures_cost_what_the_processor_makes_of_them(name, tier):
    assert len(set(SIZES)) >= 40
    model = load_models()[name]
    real = processors.PICTURES[name, tier]()
    ours = [model.of_picture(tier_of(model, tier), *size).tokens for size in SIZES]
    theirs = [real(torch.zeros(3, height, width, dtype=torch.uint8)) for width, height in SIZES]
    assert ours == theirs


@pytest.mark.parametrize(("name", "tier"), processors.VIDEOS, ids=str)
def test_videos_cost_what_the_processor_makes_of_them(name, tier):
    model, made = load_models()[name], processors.VIDEOS[name, tier]()
    for width, height, frames, fps in CLIPS:
        seen, taken = model.of_video(tier_of(model, tier), Clip(width, height, frames, frames / fps), 0)
        assert (taken, seen.tokens) == processors.video(made, (width, height, frames, fps))


def test_smolvlm_takes_the_frames_that_the_processor_takes():
    model, made = load_models()["smolvlm2"], processors.smolvlm_video()
    for width, height, frames, fps in CLIPS:
        _, taken = model.of_video(model.tiers[0], Clip(width, height, frames, frames / fps), 0)
        assert taken == processors.smolvlm_frames(made, (width, height, frames, fps))


def test_what_the_qwen_processor_refuses_is_refused():
    real = processors.qwen(14, 3136, 12845056)
    with pytest.raises(ValueError, match="aspect ratio"):
        real(torch.zeros(3, 4, 804, dtype=torch.uint8))
    model = load_models()["qwen2.5-vl"]
    seen = model.of_picture(model.tiers[0], 804, 4)
    assert seen.tokens is None
    assert "200 times" in seen.how
