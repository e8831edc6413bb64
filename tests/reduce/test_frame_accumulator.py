"""Sums and the running mean of a merged frame are those of a slow loop over all its frames."""

import torch

from tokcomp_cli.compress.base import Decision
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.reduce.frame_accumulator import FrameAccumulator

PATCHES, DIM, FRAMES = 6, 8, 40


def test_a_merged_frame_is_the_mean_of_its_frames_and_knows_their_products():
    generator = torch.Generator().manual_seed(9)
    blank = torch.randn(PATCHES, DIM, generator=generator)
    features = [torch.randn(PATCHES, DIM, generator=generator) for _ in range(FRAMES)]
    times = [1 + 7 * (at % 3) for at in range(FRAMES)]
    saliency = torch.rand(PATCHES, generator=generator)
    group, seen = FrameAccumulator(0, ImageSignals(0.0, 0.0)), []
    for one, often in zip(features, times, strict=True):
        decision = Decision(joins=True, similarity=0.9) if group.frames else None
        group.add(one, one - blank, saliency, None, decision, times=often)
        seen += [one.double()] * often
        mean = torch.stack(seen).mean(0) - blank
        torch.testing.assert_close(group.reference.mean, mean.float(), rtol=1e-5, atol=1e-5)
    every = torch.stack(seen)
    content = every - blank
    assert group.frames == group.owned == len(seen)
    torch.testing.assert_close(group.sum, every.sum(0), rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(group.mean, every.mean(0).float(), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(group.square, content.square().sum((0, 2)), rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(group.gram, (content @ content.mT).sum(0), rtol=1e-5, atol=1e-3)
    settled = group.settle()
    torch.testing.assert_close(settled.gram, (content @ content.mT).sum(0), rtol=1e-5, atol=1e-3)
    torch.testing.assert_close(settled.mean, every.mean(0).float(), rtol=1e-5, atol=1e-5)
