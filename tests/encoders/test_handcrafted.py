import numpy as np
import torch

from tokcomp_cli.encoders.handcrafted import PATCH, dct_matrix, to_patches


def test_dct_matrix_is_orthonormal():
    matrix = dct_matrix(PATCH)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(PATCH), atol=1e-5, rtol=0)


def test_patches_are_cut_in_raster_order():
    planes = torch.arange(224 * 224.0).view(1, 1, 224, 224)
    patches = to_patches(planes)
    assert patches.shape == (1, 196, 1, 16, 16)
    assert patches[0, 1, 0, 0, 0] == 16
    assert patches[0, 14, 0, 0, 0] == 16 * 224


def test_a_grey_frame_has_its_level_no_gradient_and_no_waves(handcrafted):
    features = handcrafted.encode(np.full((1, 224, 224, 3), 51, np.uint8)).features[0]
    torch.testing.assert_close(features[:, :3], torch.full((196, 3), 0.2))
    assert features[:, 3:].abs().max() < 1e-6


def test_saliency_is_where_the_picture_differs(handcrafted):
    picture = np.zeros((1, 224, 224, 3), np.uint8)
    picture[0, 32:48, 64:80] = 255
    assert int(handcrafted.encode(picture).saliency[0].argmax()) == 2 * 14 + 4
