import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.export.clips import page
from tokcomp_cli.core.results.sending import Survival
from tokcomp_cli.cost.seen import Seen
from tokcomp_cli.cost.table import load_models
from tokcomp_cli.difficulty.ocr import Reader, missing
from tokcomp_cli.export.sent_size import sent_size, tokens_at
from tokcomp_cli.export.survival import Pictures
from tokcomp_cli.export.tiers import judged, model_tiers, ranked, setting_of
from tokcomp_cli.media.open import picture_facts

MODELS = load_models()
SIZES = [(1, 1), (30, 4000), (640, 427), (1920, 1080), (4032, 3024), (9000, 50), (336, 336)]


@pytest.fixture
def flower(samples):
    return np.asarray(Image.open(samples / "flower.jpg").convert("RGB"))


def test_what_is_not_reduced_loses_nothing(flower, handcrafted):
    pictures = Pictures([flower], handcrafted, None)
    same, larger = pictures.at([(640, 427)]), pictures.at([(2000, 1300)])
    assert same == larger
    assert (same.explained, same.contrast, same.gradient, same.words) == (1.0, 1.0, 1.0, None)


def test_a_smaller_size_keeps_less(flower, handcrafted):
    pictures = Pictures([flower, np.ascontiguousarray(flower[:, ::-1])], handcrafted, None)
    kept = [pictures.at([(side, side * 2 // 3)] * 2) for side in (600, 300, 100, 30)]
    for one, other in itertools.pairwise(kept):
        assert one.explained > other.explained
        assert one.contrast > other.contrast
        assert one.gradient > other.gradient


def test_a_blank_picture_loses_nothing(handcrafted):
    pictures = Pictures([np.full((400, 400, 3), 90, np.uint8)], handcrafted, None)
    assert pictures.at([(20, 20)]).explained == pytest.approx(1.0, abs=1e-3)


def made(tokens, survival, name="x", default=False):
    tier = MODELS["gpt-4o"].tiers[0]
    from dataclasses import replace

    return judged(replace(tier, name=name), Seen(tokens, "", (9, 9)), survival, target=0.9, default=default)


def test_the_cheapest_that_keeps_target_and_writing():
    low = made(85, Survival(0.95, 1, 1, 100, 40, 0.4), "detail=low")
    middle = made(300, Survival(0.85, 1, 1, 100, 95, 0.95), "detail=middle")
    high = made(700, Survival(0.99, 1, 1, 100, 91, 0.9), "detail=high", default=True)
    assert [one.enough for one in (low, middle, high)] == [False, False, True]
    found = ranked(MODELS["gpt-4o"], [high, low, middle])
    assert [one.tokens for one in found.tiers] == [85, 300, 700]
    assert found.smallest is high is found.best
    assert "detail=low, and what is below it, ruins the writing: 40 of 100 words" in found.warning


def test_without_one_that_is_enough_what_keeps_most_is_best():
    low = made(85, Survival(0.7, 1, 1), "a", default=True)
    high = made(700, Survival(0.8, 1, 1), "b")
    found = ranked(MODELS["gpt-4o"], [low, high])
    assert found.smallest is None
    assert found.best is high
    assert ranked(MODELS["gpt-4o"], [made(9, None, "a"), made(99, None, "b", default=True)]).best.name == "b"


def test_the_setting_is_the_engines_own():
    assert setting_of("detail=low", None) == "detail=low"
    assert "--image-max-tokens 70 (llama.cpp)" in setting_of("max_soft_tokens=70", None)
    assert setting_of("size=504px", (504, 336)) == "sized down to 504×336 px before sending"
    said = setting_of("detail=high@512px", (910, 512))
    assert said == "detail=high, sized down to 910×512 px before sending"
    assert setting_of(None, None) == "nothing to set"


SEVERAL = ("gpt-4o", "gpt-5", "gemma-4", "claude-standard", "gemini-3", "qwen2.5-vl")
needs_ocr = pytest.mark.skipif(missing() is not None, reason=f"needs the extra ocr: {missing()}")


@pytest.fixture(scope="module")
def page_and_flower(embedded):
    """Return a page of small writing and a flower, read and encoded once."""
    text = page(0, (1400, 150), 13)
    with Image.open(Path(__file__).parents[2] / "samples" / "flower.jpg") as opened:
        flower = np.asarray(opened.convert("RGB"))
    reader = Reader(threads=1)
    return [(one, Pictures([one], embedded, reader)) for one in (text, flower)]


@pytest.mark.slow
@needs_ocr
@pytest.mark.parametrize("name", SEVERAL)
def test_a_page_is_never_sent_where_its_words_are_lost_and_a_flower_is(tmp_path, page_and_flower, name):
    path, found = tmp_path / "page.png", []
    for picture, pictures in page_and_flower:
        Image.fromarray(picture).save(path)
        facts = picture_facts(str(path))
        # The target is low, so that the writing alone decides.
        found.append(model_tiers(facts, MODELS[name], None, pictures, target=0.2, frames=1))
    words, flower = found
    for tier in words.tiers:
        if tier.survival is None:
            assert not tier.enough
            continue
        lost = tier.survival.words_read < 0.9 * tier.survival.words
        assert tier.ruins_writing == lost
        assert not (lost and tier.enough)
    assert words.smallest is None or words.smallest.survival.words_read >= 0.9 * words.smallest.survival.words
    known = [tier for tier in flower.tiers if tier.survival is not None and tier.tokens is not None]
    assert flower.smallest is known[0]  # the cheapest that can be measured
    if name in ("gpt-4o", "gpt-5"):
        low = next(tier for tier in words.tiers if tier.name == "detail=low")
        assert low.ruins_writing
        assert words.best.name == "detail=high"
        assert flower.best.name == "detail=low"


@pytest.mark.parametrize("name", MODELS)
def test_a_picture_is_sent_no_larger_than_it_is_and_costs_no_more(name):
    model = MODELS[name]
    for width, height in SIZES:
        for tier in model.offered("picture"):
            sent = sent_size(model, tier, width, height)
            assert 1 <= sent[0] <= width
            assert 1 <= sent[1] <= height
            assert abs(sent[0] - width * sent[1] / height) <= max(1, width / height)
            assert model.rejects_above is None or max(sent) <= model.rejects_above
            before, after = tokens_at(model, tier, (width, height)), tokens_at(model, tier, sent)
            seen = model.of_picture(tier, width, height).size
            assert seen is None or min(seen) >= 1
            assert (before is None) == (after is None) or max(width, height) > 199 * min(width, height)
            if before and after and max(width, height) < 20 * min(width, height):
                assert after <= before * 1.12 + 40
