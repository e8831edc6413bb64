"""What skipped frames lose, told from checked ones, against a slow loop over all frames."""

import pytest
import torch

from tokcomp_cli.measure.reservoir import Reservoir, Totals
from tokcomp_cli.measure.skipped import SkipChecks

PATCHES, DIM = 12, 5


def frames(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, PATCHES, DIM, generator=torch.Generator().manual_seed(seed))


def test_totals_with_every_skipped_frame_checked_are_exact():
    true = frames(6)
    stood = true[[0, 0, 0, 3, 3, 3]]
    totals, exact, reservoir = Totals(DIM), Totals(DIM), Reservoir(seed=0)
    saliency = torch.ones(PATCHES)
    for at in range(6):
        totals.add(stood[at], stood[at], saliency)
        exact.add(true[at], true[at], saliency)
        if at in (0, 3):
            reservoir.add(at, true[at], saliency)
        else:
            reservoir.check(at, true[at], saliency, stood[at])
            reservoir.skipped += 1
    corrected = totals.corrected(reservoir.checked)
    assert corrected.energy == pytest.approx(exact.energy, rel=1e-6)
    assert torch.allclose(corrected.features, exact.features, atol=1e-5)
    assert totals.energy != pytest.approx(exact.energy, rel=1e-3)
    assert [frame.ordinal for frame in reservoir.frames] == list(range(6))
    assert reservoir.sampled is None


def test_a_checked_frame_speaks_for_all_skipped_ones():
    reservoir = Reservoir(seed=0)
    reservoir.add(0, frames(1)[0], torch.ones(PATCHES))
    reservoir.check(4, frames(1, 1)[0], torch.ones(PATCHES), frames(1)[0])
    reservoir.skipped = 7
    assert [frame.weight for frame in reservoir.frames] == [1.0, 7.0]
    assert reservoir.sampled == 2


def test_checks_tell_similarity_and_error_with_an_interval():
    checks, totals = SkipChecks(), Totals(DIM)
    assert checks.facts("auto", totals, floor=1.0, seed=0) is None
    for one in frames(10):
        totals.add(one, one, torch.ones(PATCHES))
        checks.add(one, one * 1.1)
    checks.skipped = 40
    facts = checks.facts("auto", totals, floor=1e-3, seed=0)
    assert facts is not None
    assert (facts.frames_skipped, facts.frames_checked) == (40, 10)
    assert facts.similarity.mean == pytest.approx(1.0)
    assert facts.error.mean == pytest.approx(0.01, rel=0.1)
    assert facts.error.low <= facts.error.mean <= facts.error.high
