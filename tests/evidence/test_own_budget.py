"""Own budgets against the same total spread evenly, on made pictures of which the answer is known."""

import numpy as np
import pytest

from tokcomp_cli.evidence.evaluate import Trial
from tokcomp_cli.evidence.own_budget import own_budgets
from tokcomp_cli.evidence.statistics import draws

BUDGETS = (4, 16, 64)


def made(needs, explained_at):
    """Return trials in which picture n is answered from needs[n] tokens on; one question a picture."""
    return [
        Trial(
            "made",
            budget,
            (np.array(needs) <= budget)[None],
            {"explained": np.array([explained_at(need, budget) for need in needs])},
            np.zeros((len(needs), 1), np.float32),
        )
        for budget in BUDGETS
    ]


def rows(needs, explained_at, score=()):
    found = own_budgets(
        made(needs, explained_at), np.arange(len(needs)), np.array(score), draws(len(needs), seed=0)
    )
    return {row.target: row for row in found}


def test_a_figure_that_knows_what_each_needs_beats_an_even_spread():
    needs = [4, 64] * 50
    row = rows(needs, lambda need, budget: 0.95 if budget >= need else 0.5)[0.9]
    assert row.tokens == 34
    assert row.own.mean == 1
    assert row.even.mean == pytest.approx(0.5 + 0.5 * (34 - 16) / 48)
    assert row.gain.low > 0
    assert row.bands is None


def test_a_figure_that_knows_nothing_does_not():
    rng = np.random.default_rng(0)
    needs = rng.choice([4, 16, 64], 400)
    guess = dict(enumerate(rng.choice([4, 16, 64], 400)))
    numbered = iter(np.tile(np.arange(400), 3))
    row = rows(needs, lambda _need, budget: 0.95 if budget >= guess[int(next(numbered))] else 0.5)[0.9]
    assert row.gain.low < 0.03


def test_a_target_that_no_budget_reaches_takes_all():
    row = rows([4, 16, 64], lambda _need, _budget: 0.5)[0.99]
    assert row.tokens == 64
    assert row.own.mean == row.even.mean == 1


def test_bands_share_the_same_total_as_the_note_does():
    needs = [4, 64] * 50
    row = rows(needs, lambda need, budget: 0.95 if budget >= need else 0.5, score=[0.1, 0.7] * 50)[0.9]
    assert row.bands.mean == pytest.approx(0.5 + 0.5 * (34 * 2 * 0.44 / 0.55 - 16) / 48)
