import numpy as np
import pytest
import torch

from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.difficulty.signals import (
    ImageSignals,
    grid_signals,
    picture_signals,
    regions,
    salient_regions,
)


def test_a_blank_picture_has_no_edges_and_no_colour():
    found = picture_signals(ArrayPicture(np.full((50, 80, 3), 90, np.uint8)))
    assert (found.edge, found.colour) == (0.0, 0.0)


def test_a_unit_step_has_edges_where_it_is_and_nowhere_else():
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[:, 128:] = 255
    found = picture_signals(ArrayPicture(picture))
    assert found.edge == pytest.approx(2 / 256)
    assert found.colour == pytest.approx(0.5)


def test_a_picture_of_one_pixel_is_measured():
    assert picture_signals(ArrayPicture(np.full((1, 1, 3), 9, np.uint8))).edge == 0.0


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
    found = salient_regions(content, saliency, (10, 10)).view(10, 10)
    assert int(found.max()) == len(places)
    for number, (row, column) in enumerate(sorted(places), start=1):
        assert (found[row : row + 2, column : column + 2] == number).all()
    assert int((found > 0).sum()) == 4 * len(places)


def test_regions_join_neighbours_only():
    content, _ = planted([(0, 0), (0, 5)])
    labels = regions(content, (10, 10)).reshape(10, 10)
    assert labels[0, 0] == labels[1, 1]
    assert labels[0, 0] != labels[0, 5]


def measured(content: torch.Tensor, saliency: torch.Tensor) -> ImageSignals:
    picture = ImageSignals(edge=0.0, colour=0.0)
    return grid_signals(picture, content=content, saliency=saliency, grid=(10, 10), floor=1.0)


def test_blank_content_holds_no_object_and_no_variety():
    found = measured(torch.randn(100, 8) * 0.01, torch.ones(100))
    assert (found.objects, found.variety, set(found.region)) == (0, 1.0, {0})


def test_the_map_holds_as_many_regions_as_are_counted():
    found = measured(*planted([(1, 1), (6, 6)]))
    assert found.objects == max(found.region) == 2
    assert len(found.region) == 100


def test_variety_is_the_number_of_equal_directions_and_ignores_the_mean():
    directions = torch.eye(8).repeat(13, 1)[:96] * 20
    flat = measured(torch.cat([directions, directions[:4]]), torch.ones(100)).variety
    moved = measured(torch.cat([directions, directions[:4]]) + 100, torch.ones(100)).variety
    assert flat == pytest.approx(7, abs=0.1)  # eight directions less the mean
    assert moved == pytest.approx(flat, abs=1e-3)
