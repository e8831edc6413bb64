from dataclasses import replace

import pytest

from tokcomp_cli.cost.before_after import before_after, together
from tokcomp_cli.cost.table import load_models
from tokcomp_cli.cost.video import Clip
from tokcomp_cli.render.before_after import before_after_text

GPT = load_models()["gpt-4o"]
PRICED = replace(GPT, price_per_million=2.0, currency="USD")
CLIP = Clip(640, 360, 250, 10.0)


def test_a_video_costs_a_picture_a_kept_frame():
    found = before_after(GPT, CLIP, still=False, sampled=20, kept=5)
    assert (found.tokens_before, found.tokens_after, found.saved) == (20 * 425, 5 * 425, 0.75)
    assert found.worth_it
    assert before_after_text(found) == (
        "For gpt-4o (estimated): 8,500 → 2,125 tokens, 75% less; "
        "dropped: 15 of 20 frames, merged into those kept"
    )


def test_money_where_the_user_set_a_price():
    found = before_after(PRICED, CLIP, still=False, sampled=20, kept=5)
    assert (found.price_before, found.price_after) == (0.017, 0.00425)
    assert "0.0170 USD → 0.004250 USD" in before_after_text(found)


def test_what_saves_nothing_is_not_worth_it():
    photo = before_after(GPT, CLIP, still=True, sampled=1, kept=1)
    assert (photo.tokens_before, photo.tokens_after, photo.worth_it) == (425, 425, False)
    assert before_after_text(photo).endswith("not worth it: a picture is sent whole")
    gemini = before_after(load_models()["gemini-3"], CLIP, still=False, sampled=20, kept=5)
    assert gemini.saved < 0
    assert before_after_text(gemini).endswith("not worth it: send it as it is")


def test_a_size_that_is_refused_has_no_share():
    thin = Clip(4000, 4, 250, 10.0)
    found = before_after(load_models()["qwen2.5-vl"], thin, still=False, sampled=20, kept=5)
    assert (found.tokens_before, found.saved, found.worth_it) == (None, None, False)
    assert "refuses" in before_after_text(found)


def test_several_files_together():
    one = before_after(PRICED, CLIP, still=False, sampled=20, kept=5)
    two = before_after(PRICED, CLIP, still=True, sampled=1, kept=1)
    both = together([one, two])
    assert (both.tokens_before, both.tokens_after) == (21 * 425, 6 * 425)
    assert both.price_after == pytest.approx(one.price_after + two.price_after)
    assert (both.frames_before, both.frames_after) == (21, 6)
