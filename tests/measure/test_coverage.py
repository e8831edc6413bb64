import pytest
import torch

from tokcomp_cli.fidelity.metrics import frame_loss, to_nearest
from tokcomp_cli.measure.coverage import coverage
from tokcomp_cli.measure.reservoir import SampledFrame


@pytest.mark.parametrize("seed", range(5))
def test_coverage_is_the_largest_distance_over_all_patches(seed):
    generator = torch.Generator().manual_seed(seed)
    frames = [SampledFrame(at, torch.randn(9, 4, generator=generator), torch.ones(9)) for at in range(12)]
    tokens = {frame.ordinal: torch.randn(3, 4, generator=generator) for frame in frames}
    owners = [torch.randint(-1, 3, (9,), generator=generator) for _ in frames]
    losses = [
        frame_loss(frame.content, tokens[frame.ordinal], owner)
        for frame, owner in zip(frames, owners, strict=True)
    ]
    expected = max(float(to_nearest(frame.content, tokens[frame.ordinal]).max()) for frame in frames)
    found = coverage(frames, losses, lambda frame: tokens[frame.ordinal])
    assert found == pytest.approx(expected, abs=1e-6)


def test_coverage_of_what_kept_everything_is_nothing():
    frame = SampledFrame(0, torch.eye(4), torch.ones(4))
    loss = frame_loss(frame.content, torch.eye(4), torch.arange(4))
    assert coverage([frame], [loss], lambda _: torch.eye(4)) == pytest.approx(0.0, abs=1e-6)
