import pytest
import torch

from tokcomp_cli.fidelity.metrics import explained, frame_loss, to_nearest


def test_explained_is_one_without_loss_and_zero_when_all_is_the_mean():
    assert explained(0.0, 50.0, floor=1.0, patches=10) == 1.0
    assert explained(50.0, 50.0, floor=1.0, patches=10) == 0.0


def test_floor_keeps_a_blank_picture_from_dividing_by_nothing():
    assert explained(0.5, 0.0, floor=2.0, patches=10) == pytest.approx(1 - 0.5 / 20)


def test_pruned_patch_is_stood_for_by_the_nearest_token():
    content = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 3.0]])
    loss = frame_loss(content, content[:2], torch.tensor([0, 1, -1]))
    assert loss.squared.tolist() == pytest.approx([0.0, 0.0, 4.0])
    assert loss.cosine.tolist() == pytest.approx([1.0, 1.0, 1.0])
    assert loss.pruned.tolist() == [False, False, True]


def test_distance_is_to_the_nearest_kept_token_not_to_the_owner():
    content = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    tokens = torch.tensor([[0.0, 2.0], [1.0, 0.0]])
    loss = frame_loss(content, tokens, torch.tensor([0, 0]))
    assert to_nearest(content, tokens).tolist() == pytest.approx([0.0, 0.0], abs=1e-6)
    assert loss.cosine.tolist() == pytest.approx([0.0, 1.0], abs=1e-6)
