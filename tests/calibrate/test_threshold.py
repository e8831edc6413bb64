"""Floor, threshold and statistic from clips made by hand."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from tokcomp_cli.calibrate.threshold import best_threshold, calibrate, histogram, statistics, threshold_above
from tokcomp_cli.compress.content_similarity import ContentSimilarity, distances
from tokcomp_cli.core.stats import STATISTICS
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.errors import EncoderError

PATCHES, DIM = 12, 64


def batch(features: Tensor) -> FrameTokens:
    return FrameTokens(features, torch.ones(features.shape[:2]), pooled=features.mean(1))


def scene(seed: int, frames: int, noise: float = 0.1, *, dim: int = DIM, patches: int = PATCHES) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    still = torch.randn(patches, dim, generator=generator)
    return still + noise * torch.randn(frames, patches, dim, generator=generator)


def clips() -> Iterator[Iterator[FrameTokens]]:
    for seed in range(6):
        whole = scene(seed, 9)
        if seed == 4:
            whole = torch.cat([whole[:5], scene(99, 4)])
        yield (batch(part) for part in whole.split(4))


def blanks() -> Tensor:
    greys = torch.tensor([-1.0, 0, 1]).view(3, 1, 1)
    return 0.01 * greys * torch.arange(PATCHES).view(1, PATCHES, 1) * torch.ones(3, PATCHES, DIM)


def test_the_cut_is_found_and_the_threshold_parts_scenes():
    found = calibrate(clips(), blanks())
    assert found.similarity == "mean"
    assert 0.5 < found.threshold < 0.98
    evidence = found.evidence
    assert (evidence.clips, evidence.frames) == (6, 54)
    assert [(cut.clip, cut.frame) for cut in evidence.cuts] == [(4, 5)]
    assert sum(one.neighbours for one in evidence.histogram) == 6 * 8
    assert sum(one.strangers for one in evidence.histogram) == 15
    assert evidence.separation["mean"] > 0.97
    assert torch.equal(found.blank, blanks().mean(0))


def test_floor_lies_between_blank_and_content():
    found = calibrate(clips(), blanks())
    ramp = torch.arange(PATCHES).double()
    by_hand = float(((0.01 * (ramp - ramp.mean())) ** 2).mean()) * DIM * 2 / 3
    assert found.evidence.blank_energy == pytest.approx(by_hand, rel=1e-5)
    assert found.evidence.content_energy == pytest.approx(DIM, rel=0.3)
    apart = float((blanks()[0] - blanks()[-1]).double().square().sum(1).mean())
    between = (by_hand * found.evidence.content_energy) ** 0.5
    assert found.floor == pytest.approx(min(between, apart / 4), rel=1e-6)


def test_a_small_moving_object_speaks_for_a_low_percentile():
    """Strangers share all patches but one, as with a fixed camera: the mean hides what the minimum shows."""
    shared = scene(1, 1)[0]

    def camera(seed: int) -> Iterator[FrameTokens]:
        place = shared.clone()
        place[:1] = scene(seed, 1)[0, :1]
        noise = 0.05 + 0.06 * (seed - 10)
        yield batch(
            place + noise * torch.randn(8, PATCHES, DIM, generator=torch.Generator().manual_seed(seed))
        )

    found = calibrate((camera(seed) for seed in range(10, 18)), blanks())
    assert found.similarity == "min"
    assert found.evidence.separation["min"] > found.evidence.separation["mean"]


def test_thresholds_small_enough_to_check_by_hand():
    above, share = best_threshold(torch.tensor([0.9, 0.8]), torch.tensor([0.2, 0.4]))
    assert (above, share) == (pytest.approx(0.6), 1.0)
    _, share = best_threshold(torch.tensor([0.1, 0.9]), torch.tensor([0.5]))
    assert share == pytest.approx(0.75)
    middle, _ = best_threshold(torch.tensor([0.5]), torch.tensor([0.5]))
    assert middle < 0.5


def test_statistics_are_those_of_the_similarity():
    one, other = torch.randn(2, 12, 6, generator=torch.Generator().manual_seed(0))
    found = statistics(torch.stack(distances(one, other)), 0.5).tolist()
    assert found == pytest.approx([ContentSimilarity(name, 0.5)(one, other) for name in STATISTICS])


def test_the_threshold_lies_above_strangers_and_twins_do_not_count():
    strangers = torch.linspace(0, 0.89, 200)
    high = float(strangers.double().quantile(0.99))
    assert threshold_above(strangers) == pytest.approx(high + (1 - high) / 4)
    assert threshold_above(torch.cat([strangers, torch.full((50,), 0.99)])) == threshold_above(strangers)
    assert threshold_above(torch.linspace(0, 0.1, 200)) == 0.9
    assert threshold_above(strangers[:50]) == 0.9


def test_histogram_counts_each_pair_once():
    bars = histogram(torch.tensor([1.0, 0.9, 0.1]), torch.tensor([0.1, 0.1]))
    assert bars[0].low == pytest.approx(0.1)
    assert bars[-1].high == 1
    assert (bars[0].neighbours, bars[0].strangers) == (1, 2)
    assert bars[-1].neighbours == 1
    assert sum(one.neighbours + one.strangers for one in bars) == 5


@pytest.mark.parametrize("given", [[], [scene(1, 5)], [scene(1, 1), scene(2, 1)], [scene(1, 0), scene(2, 4)]])
def test_too_little_to_calibrate_on(given):
    with pytest.raises(EncoderError):
        calibrate(([batch(one)] for one in given), blanks())


def test_stills_are_strangers_without_neighbours():
    found = calibrate(([batch(scene(seed, 1 if seed else 3))] for seed in range(4)), blanks())
    assert found.evidence.frames == 6
