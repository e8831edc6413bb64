"""What is lost along a dendrogram, against a slow loop over every cut and patch."""

import numpy as np
import pytest
import torch

from tokcomp_cli.compress.dendrogram import cut
from tokcomp_cli.compress.saliency_ward import tree_of
from tokcomp_cli.core.tokens import grid_tokens
from tokcomp_cli.measure.along_tree import by_group, lost_along
from tokcomp_cli.measure.reservoir import SampledFrame

PATCHES, DIM = 12, 5


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_every_cut_loses_what_a_loop_over_frames_and_patches_adds_up():
    tokens = grid_tokens(draw(PATCHES, DIM), (3, 4), saliency=draw(PATCHES, seed=9).abs(), size=2)
    tree = tree_of(tokens)
    frames = [
        SampledFrame(at, draw(PATCHES, DIM, seed=at), draw(PATCHES, seed=20 + at).abs(), weight=1 + at / 2)
        for at in range(3)
    ]
    every = torch.arange(PATCHES)
    base, added = lost_along(tokens.content, tokens.sizes, tree, [(one, every) for one in frames])
    for fewer, expected in enumerate([base, *(base + added.cumsum())]):
        owner = cut(tree, PATCHES - fewer)
        means = torch.stack([tokens.content[owner == token].mean(0) for token in range(PATCHES - fewer)])
        lost = sum(
            one.weight * one.counts[patch] * (one.content[patch] - means[owner[patch]]).square().sum()
            for one in frames
            for patch in range(PATCHES)
        )
        assert float(lost) == pytest.approx(expected, rel=1e-4)


def test_without_known_frames_nothing_is_told():
    tokens = grid_tokens(draw(PATCHES, DIM), (3, 4), saliency=torch.ones(PATCHES))
    base, added = lost_along(tokens.content, tokens.sizes, tree_of(tokens), [])
    assert base == 0
    assert not added.any()


def test_frames_belong_to_the_merged_frame_that_holds_them():
    frames = [SampledFrame(ordinal, draw(1, 2), torch.ones(1)) for ordinal in (1, 4, 5, 9)]
    found = by_group(frames, [0, 5, 9])
    assert {index: [one.ordinal for one in held] for index, held in found.items()} == {
        0: [1, 4],
        1: [5],
        2: [9],
    }
    assert np.array_equal(sorted(found), [0, 1, 2])
