import numpy as np
import pytest
import torch

from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.export.frame_store import FrameStore
from tokcomp_cli.export.screens import Screens
from tokcomp_cli.reading.frame_pass import EncodedFrames

BLACK = ArrayPicture(np.zeros((16, 16, 3), np.uint8))
RED = ArrayPicture(np.full((16, 16, 3), (200, 0, 0), np.uint8))


def fed(store, contents, leading=0, copies=None, saliency=None, shown=RED):
    copies = (0,) * len(contents) if copies is None else copies
    saliency = torch.ones(contents.shape[:2]) if saliency is None else saliency
    tokens = FrameTokens(contents, saliency, contents.mean(1))
    store.add(EncodedFrames((shown,) * len(contents), tokens, contents, leading, copies))


def test_distances_and_energies_are_those_of_the_content():
    contents = torch.randn(5, 4, 3, generator=torch.Generator().manual_seed(0))
    store = FrameStore(Screens())
    saliency = torch.rand(5, 4, generator=torch.Generator().manual_seed(1)) + 0.1
    fed(store, contents[:3], copies=(0, 2, 0), saliency=saliency[:3])
    fed(store, contents[3:], leading=1, saliency=saliency[3:])
    found = store.apart()
    assert found.weight.tolist() == [1, 3, 2, 1, 1]
    assert [frame.ordinal for frame in store.frames] == [0, 1, 4, 6, 7]
    assert store.seen == 8
    counts = (saliency / saliency.mean(1, keepdim=True)).double()
    slow = ((contents[:, None] - contents[None]).double().square().sum(3) * counts[:, None]).sum(2)
    assert found.squared == pytest.approx(slow.numpy(), abs=0.03)
    weight = torch.tensor(found.weight)
    mean = ((contents * counts[:, :, None]).mean(1) * weight[:, None]).sum(0) / weight.sum()
    energy = ((contents.double() - mean).square().sum(2) * counts).sum(1)
    assert found.energies == pytest.approx(energy.numpy(), abs=0.03)
    assert store.squared_to(contents[2]).numpy() == pytest.approx(found.squared[:, 2], abs=0.03)


def test_black_frames_do_not_count():
    contents = torch.randn(3, 4, 3, generator=torch.Generator().manual_seed(0))
    store, alone = FrameStore(Screens()), FrameStore(Screens())
    fed(store, contents[:1], shown=BLACK, copies=(7,))
    fed(store, contents[1:])
    fed(alone, contents[1:])
    found = store.apart()
    assert found.weight.tolist() == [8, 1, 1]
    assert found.counted.tolist() == [0, 1, 1]
    assert found.energy == pytest.approx(alone.apart().energy)
    nothing = FrameStore(Screens())
    fed(nothing, contents, shown=BLACK)
    assert nothing.apart().counted.tolist() == [1, 1, 1]


def test_when_full_the_frames_most_like_the_one_before_give_way():
    contents = torch.zeros(20, 2, 1)
    for at, value in enumerate([0, 0, 0, 5, 5, 9, 9, 9, 9, 30, 30, 30, 1, 1, 1, 60, 60, 60, 60, 60]):
        contents[at] = value
    store = FrameStore(Screens(), most=8)
    for content in contents:
        fed(store, content[None])
    assert len(store.frames) <= 8
    assert sum(frame.weight for frame in store.frames) == store.seen == 20
    assert {float(frame.content[0, 0]) for frame in store.frames} == {0, 5, 9, 30, 1, 60}


def test_memory_is_bounded_by_bytes():
    store = FrameStore(Screens(), held_bytes=4 * 2 * 8)
    fed(store, torch.randn(50, 2, 4, generator=torch.Generator().manual_seed(0)))
    assert sum(frame.content.numel() * 2 for frame in store.frames) <= 4 * 2 * 8
