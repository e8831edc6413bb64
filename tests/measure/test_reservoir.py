import pytest
import torch

from tokcomp_cli.measure.reservoir import Reservoir, Totals
from tokcomp_cli.plan.plan import Plan


def test_the_reservoir_keeps_all_while_they_fit_and_says_so():
    reservoir = Reservoir(seed=0, capacity_bytes=4 * 6 * 10)
    for ordinal in range(10):
        reservoir.add(ordinal, torch.full((2, 3), float(ordinal)), torch.ones(2))
    assert [frame.ordinal for frame in reservoir.frames] == list(range(10))
    assert reservoir.sampled is None
    reservoir.add(10, torch.zeros(2, 3), torch.ones(2))
    assert reservoir.sampled == len(reservoir.frames) == 10


def test_every_frame_is_as_likely_to_stay():
    hits = torch.zeros(20)
    for seed in range(400):
        reservoir = Reservoir(seed=seed, capacity_bytes=4 * 5)
        for ordinal in range(20):
            reservoir.add(ordinal, torch.zeros(1, 1), torch.ones(1))
        for frame in reservoir.frames:
            hits[frame.ordinal] += 1
    assert hits.sum() == 400 * 5
    assert (hits / 400 - 0.25).abs().max() < 0.09


def test_totals_agree_with_one_big_tensor():
    frames = torch.randn(5, 7, 3, generator=torch.Generator().manual_seed(0))
    totals = Totals(3)
    for frame in frames:
        totals.add(frame + 1, frame, frame.square().sum(1))
    flat = frames.flatten(0, 1).double()
    assert totals.energy == pytest.approx(float((flat - flat.mean(0)).square().sum()))
    assert totals.patches == 35
    torch.testing.assert_close(totals.features, (flat + 1).sum(0), rtol=1e-6, atol=1e-6)


def test_owned_patches_stay_exact_when_frames_are_only_sampled(run_plan, shots, monkeypatch):
    plan = Plan.of(budget="9")
    whole = run_plan(shots, plan).state.records[-1].fidelity
    monkeypatch.setattr(Reservoir.__init__, "__kwdefaults__", {"capacity_bytes": 4 * 12 * 6 * 4})
    part = run_plan(shots, plan).state.records[-1].fidelity
    assert part.sampled == 4
    assert part.explained_evenly == pytest.approx(whole.explained_evenly, abs=1e-9)
    assert part.explained != whole.explained
    assert part.cosine != whole.cosine
