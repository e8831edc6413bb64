"""Figures with and without adapters, their means and intervals."""

import numpy as np
import pytest
import torch

from tokcomp_cli.errors import PlanError
from tokcomp_cli.evidence.answerer import Answerer
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet, Question, table
from tokcomp_cli.evidence.task.questions import VOCABULARY
from tokcomp_cli.learned.tocom.adapters import Adapters
from tokcomp_cli.learned.tocom.judged import ALIKE, EVENLY, RIGHT, Judge, mean_over


@pytest.fixture
def judge(small, pictures):
    def make(adapters):
        kind = VOCABULARY.kinds[0]
        numbers = torch.arange(len(pictures)).repeat_interleave(2).tolist()
        asked = [(number, Question(kind, (), number % 2, (0, 1))) for number in numbers]
        none = torch.zeros(len(pictures), 0)
        questions = EncodedSet(none[..., None], none, none, **table(asked, VOCABULARY))
        torch.manual_seed(0)
        reader = Answerer(384, VOCABULARY).eval(), Scaling(small.encoder.blank, 2.0, (4, 4))
        return Judge(small, adapters, pictures, questions, {0: reader, 4: reader})

    return make


def test_adapters_that_change_nothing_gain_nothing(judge):
    for row in judge([Adapters(4), Adapters(4)]).rows([(0, 2), (4, 0)]):
        assert {(gain.mean, gain.low, gain.high) for gain in row.gain.values()} == {(0.0, 0.0, 0.0)}
        assert row.without == row.compensated
        assert not row.wins
        assert -1 <= row.without[ALIKE].mean < 1


def test_at_the_source_itself_nothing_is_lost(judge):
    row = judge([Adapters(4)]).row(0, 0)
    assert row.without[EVENLY].mean == pytest.approx(1, abs=1e-3)
    assert row.without[RIGHT] == row.at_source


def test_rows_tell_counts_and_figures_and_how_far_they_are(judge):
    judging, ticks = judge([Adapters(4)]), []
    judging.progress = lambda done, total: ticks.append((done, total))
    rows = judging.rows([(0, 2), (0, 4)])
    assert [row.tokens for row in rows] == [10, 4]
    assert ticks[-1] == (5, 5)
    assert rows[0].figures()["0 to 2: tokens"] == 10
    assert 0 <= rows[0].figures()[f"0 to 2: {RIGHT} with"] <= 1


def test_a_ratio_that_was_not_trained_is_refused(judge):
    with pytest.raises(PlanError, match="0 to 4; got 5"):
        judge([Adapters(4)]).row(0, 5)


def test_means_are_over_drawn_pictures_and_seeds():
    values, counts = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([2.0, 4.0])
    pictures, seeds = np.array([[1.0, 1.0], [2.0, 0.0]]), np.array([[1.0, 1.0], [0.0, 2.0]])
    assert mean_over(values, counts, pictures, seeds).tolist() == [0.5, 1.5]
    assert mean_over(values[:1], counts, pictures, seeds).tolist() == [0.5, 0.5]
