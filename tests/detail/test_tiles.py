import numpy as np
import pytest
import torch

from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.detail.hardest import HardestPicture, hardest_of
from tokcomp_cli.detail.tiles import (
    check_grid,
    cut_tiles,
    decide,
    detail_cells,
    encode_tiles,
    global_cells,
    look_closer,
    measure_detail,
    novel,
    share_explained,
)
from tokcomp_cli.difficulty.signals import picture_signals
from tokcomp_cli.encoders.geometry import blank_frames
from tokcomp_cli.errors import PlanError


def hardest(rgb, encoder):
    kept = HardestPicture(encoder.facts)
    kept.opened(ArrayPicture(rgb))
    kept.closed(picture_signals(ArrayPicture(rgb)))
    return kept


@pytest.fixture
def noise():
    return np.random.default_rng(3).integers(0, 256, (90, 120, 3), np.uint8)


@pytest.mark.parametrize(
    ("grid", "tokens"), [((14, 14), 49), ((24, 24), 144), ((7, 7), 12), ((4, 4), 4), ((2, 2), 1)]
)
def test_the_global_tokens_are_a_quarter_of_the_grid(grid, tokens):
    check_grid(grid)
    assert int(global_cells(grid).max()) + 1 == tokens


def test_a_grid_too_small_to_pool_is_an_error_that_says_what_to_do():
    with pytest.raises(PlanError, match="1×1; choose an encoder"):
        check_grid((1, 1))


@pytest.mark.parametrize("grid", [(14, 14), (4, 4), (3, 5)])
def test_every_detail_token_owns_nine_neighbouring_patches(grid):
    cells = detail_cells(grid)
    rows, columns = grid
    assert torch.equal(torch.bincount(cells.flatten()), torch.full((rows * columns,), 9))
    whole = np.empty((3 * rows, 3 * columns), np.int64)
    for tile in range(9):
        top, left = tile // 3 * rows, tile % 3 * columns
        whole[top : top + rows, left : left + columns] = cells[tile].view(rows, columns).numpy()
    assert np.array_equal(whole, np.arange(rows * columns).reshape(rows, columns).repeat(3, 0).repeat(3, 1))


def test_tiles_are_the_picture_cut_in_nine(noise):
    picture = noise[:90, :120]
    tiles = cut_tiles(picture)
    assert tiles.shape == (9, 30, 40, 3)
    assert np.array_equal(tiles[5], picture[30:60, 80:120])


def test_all_detail_explains_as_much_as_a_slow_loop_says(noise, handcrafted):
    closer = look_closer(hardest(noise, handcrafted), handcrafted)
    tiles, keep = closer.tiles, novel(closer.tiles.detail, closer.over, handcrafted.facts.floor)
    lost, content = 0.0, tiles.content.double()
    for tile in range(9):
        for patch in range(content.shape[1]):
            token = int(tiles.pooled_to[tile, patch])
            stands = tiles.detail[token] if keep[token] else closer.over[token]
            lost += float((content[tile, patch] - stands).square().sum())
    energy = max(
        float((content - content.mean((0, 1))).square().sum()),
        handcrafted.facts.floor * content[..., 0].numel(),
    )
    found = share_explained(tiles, closer.over, keep, handcrafted.facts.floor)
    assert found == pytest.approx(1 - lost / energy, abs=1e-5)


def test_more_detail_never_explains_less(noise, handcrafted):
    closer = look_closer(hardest(noise, handcrafted), handcrafted)
    found = measure_detail(
        decide(None, picture_signals(ArrayPicture(noise)), at_seconds=None), closer, handcrafted.facts
    )
    assert found.tokens_global == 49
    assert 0 <= found.tokens_detail <= found.tokens_tiles == 196
    assert found.explained_all >= found.explained_global
    assert found.recovered == found.explained_detail - found.explained_global
    assert any("enlarged" in note for note in found.notes)


def test_a_token_equal_to_the_global_one_is_nothing_new_and_one_against_it_is():
    over = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    detail = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert novel(detail, over, 0.1).tolist() == [False, True, True]


def test_a_blank_picture_has_nothing_to_recover(embedded):
    grey = blank_frames((64, 64))[2]
    closer = look_closer(hardest(grey, embedded), embedded)
    found = measure_detail(
        decide(None, picture_signals(ArrayPicture(grey)), at_seconds=None), closer, embedded.facts
    )
    assert not found.wanted
    assert found.explained_global > 0.9


def test_tiles_go_through_the_encoder_in_one_batch(noise, handcrafted):
    class Counting:
        facts, blank, calls = handcrafted.facts, handcrafted.blank, 0

        def encode(self, rgb):
            self.calls += 1
            return handcrafted.encode(rgb)

    counting = Counting()
    tiles = encode_tiles(hardest(noise, handcrafted).picture, counting)
    assert counting.calls == 1
    assert tiles.content.shape[0] == 9


def test_the_hardest_picture_is_kept_and_the_earlier_of_two(handcrafted, noise):
    flat = np.full_like(noise, 128)
    keeper = HardestPicture(handcrafted.facts)
    for rgb in (flat, noise, flat, noise):
        keeper.opened(ArrayPicture(rgb))
        keeper.closed(picture_signals(ArrayPicture(rgb)))
    assert keeper.picture.std() > 10
    assert keeper.picture.shape == (672, 672, 3)
    assert hardest_of([picture_signals(ArrayPicture(rgb)) for rgb in (flat, noise, noise)]) == 1
