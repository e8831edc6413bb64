import pytest

from tokcomp_cli.vlm.answer import answer, answer_logits
from tokcomp_cli.vlm.base import DropPlan


def test_an_answer_is_what_the_model_would_choose_each_time(vlm, entered, picture, shares):
    model, inside = vlm("smolvlm"), entered("smolvlm", picture)
    plan = DropPlan(shares(inside.visual_tokens))
    found = answer(model, inside, plan, 8)
    assert len(found.tokens) == 8
    assert found.steps == 7
    assert found.prefill_ms > 0
    assert found.decode_ms > 0
    logits = answer_logits(model, inside, plan, found.tokens)
    assert tuple(logits[:-1].argmax(1).tolist()) == found.tokens
    assert all(after == before + 7 for before, after in zip(found.cached, found.cached_at_end, strict=True))


@pytest.mark.parametrize("place", [0, 3])
def test_the_token_that_ends_an_answer_is_not_part_of_it(vlm, entered, picture, monkeypatch, place):
    model, inside = vlm("llava"), entered("llava", picture)
    plan = DropPlan((inside.visual_tokens,) * model.layers)
    whole = answer(model, inside, plan, 8).tokens
    first = whole.index(whole[place])
    monkeypatch.setattr(model.model.generation_config, "eos_token_id", [999, whole[place]])
    assert answer(model, inside, plan, 8).tokens == whole[:first]
