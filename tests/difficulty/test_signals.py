import numpy as np
import pytest
import torch

from tokcomp_cli.difficulty.signals import count_objects, picture_signals, regions


def test_a_blank_picture_has_no_edges_and_no_colour():
    found = picture_signals(np.full((50, 80, 3), 90, np.uint8))
    assert (found.edge, found.colour) == (0.0, 0.0)


def test_a_unit_step_has_edges_where_it_is_and_nowhere_else():
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[:, 128:] = 255
    found = picture_signals(picture)
    assert found.edge == pytest.approx(2 / 256)
    assert found.colour == pytest.approx(0.5)


def test_a_picture_of_one_pixel_is_measured():
    assert picture_signals(np.full((1, 1, 3), 9, np.uint8)).edge == 0.0


def planted(places: list[tuple[int, int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Content of a 10 x 10 grid with 2 x 2 blobs, each with a direction of its own, and their saliency."""
    content = torch.zeros(10, 10, 8)
    content[..., 0] = 10
    saliency = torch.full((10, 10), 0.1)
    for number, (row, column) in enumerate(places):
        content[row : row + 2, column : column + 2] = 0
        content[row : row + 2, column : column + 2, 1 + number] = 30
        saliency[row : row + 2, column : column + 2] = 1.0
    return content.view(100, 8), saliency.view(100)


@pytest.mark.parametrize("places", [[], [(2, 2)], [(2, 2), (6, 6)], [(1, 1), (1, 6), (6, 1), (6, 6)]])
def test_planted_blobs_are_counted(places):
    content, saliency = planted(places)
    assert count_objects(content, saliency, (10, 10), floor=1.0) == len(places)


def test_regions_join_neighbours_only():
    content, _ = planted([(0, 0), (0, 5)])
    labels = regions(content, (10, 10)).reshape(10, 10)
    assert labels[0, 0] == labels[1, 1]
    assert labels[0, 0] != labels[0, 5]


def test_blank_content_holds_no_object():
    assert count_objects(torch.randn(100, 8) * 0.01, torch.ones(100), (10, 10), floor=1.0) == 0
