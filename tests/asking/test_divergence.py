import math

import pytest
import torch

from tokcomp_cli.asking.divergence import divergence, same_first


def test_two_words_by_hand():
    full = torch.tensor([[0.0, 0.0], [0.0, math.log(3.0)], [0.0, 0.0]])
    other = torch.tensor([[0.0, math.log(3.0)], [0.0, math.log(3.0)], [9.0, 0.0]])
    found = divergence(full, other, (0, 1))
    first = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    assert found.logit_kl == pytest.approx(first)
    assert found.answer_kl == pytest.approx(first / 2)  # the row after the answer does not count
    assert found.log_likelihood_full == pytest.approx((math.log(0.5) + math.log(0.75)) / 2)
    assert found.log_likelihood == pytest.approx((math.log(0.25) + math.log(0.75)) / 2)
    assert found.agreement == 0.5


def test_a_model_beside_itself_and_an_empty_answer():
    logits = torch.randn(4, 9, generator=torch.Generator().manual_seed(0))
    tokens = tuple(logits[:3].argmax(1).tolist())
    same = divergence(logits, logits, tokens)
    assert (same.logit_kl, same.answer_kl, same.agreement) == (0, 0, 1)
    assert same.log_likelihood == same.log_likelihood_full
    empty = divergence(logits[:1], logits[1:2], ())
    assert empty.agreement is empty.log_likelihood is None
    assert empty.logit_kl > 0


def test_answers_that_begin_alike():
    assert same_first((1, 2, 3), (1, 2, 4)) == 2
    assert same_first((1, 2), (1, 2, 3)) == 2
    assert same_first((), (1,)) == 0
