import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tokcomp_cli.asking.compress_visual import compress_visual, shared_out
from tokcomp_cli.compress import METHODS, find
from tokcomp_cli.errors import PlanError
from tokcomp_cli.fidelity.metrics import patch_weights
from tokcomp_cli.vlm.base import Block

BLOCKS = (Block((8, 8), 1), *(Block((4, 3), 66 + 20 * frame, 5) for frame in range(4)))
TOKENS = 66 + 80
WARD = find("spatial", "ward")
ABLE = [
    method
    for method in METHODS
    if not method.decide and not {"keys", "text"} & method.needs and not method.load and method.name != "none"
]


def features(seed=0):
    return torch.randn(TOKENS, 16, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("method", ABLE, ids=lambda method: method.name)
def test_every_method_lands_on_the_total_and_keeps_all_when_told_to(method):
    all_kept = compress_visual(features(), BLOCKS, method, TOKENS)
    assert torch.equal(all_kept.features, features())
    assert torch.equal(all_kept.slots, torch.arange(TOKENS))
    assert all_kept.explained == 1
    left = compress_visual(features(), BLOCKS, method, 90)
    assert len(left.slots) == 90 if method.any_count else len(left.slots) <= 90
    assert (left.slots.diff() > 0).all()
    assert left.explained < 1
    again = compress_visual(features(), BLOCKS, method, 90)
    assert torch.equal(left.features, again.features)


def test_what_was_trained_on_an_encoder_is_refused():
    with pytest.raises(PlanError, match="learned was trained on an encoder's tokens"):
        compress_visual(features(), BLOCKS, find("spatial", "learned"), 60)


def test_tokens_in_no_grid_stay_as_they_are():
    in_grids = torch.cat([block.slots for block in BLOCKS])
    loose = sorted(set(range(TOKENS)) - set(in_grids.tolist()))
    left = compress_visual(features(), BLOCKS, WARD, 60)
    at = torch.searchsorted(left.slots, torch.tensor(loose))
    assert left.slots[at].tolist() == loose
    assert torch.equal(left.features[at], features()[loose])
    assert any(note.endswith(f": {len(loose)}") for note in left.notes)


def test_explained_agrees_with_a_slow_loop_over_selected_tokens():
    blocks = (Block((2, 3), 0), Block((2, 3), 6))
    rows = torch.randn(12, 5, generator=torch.Generator().manual_seed(1))
    left = compress_visual(rows, blocks, find("spatial", "prune"), 4)
    kept = left.slots.tolist()
    assert torch.equal(left.features, rows[kept])
    grids = rows.view(2, 6, 5)  # a patch counts as it stands out from its grid, where no saliency is known
    counts = patch_weights((grids - grids.mean(1, keepdim=True)).norm(dim=2)).flatten()
    lost = 0.0
    for at, row in enumerate(rows):
        own = [slot for slot in kept if slot // 6 == at // 6]
        apart = 0.0 if at in kept else min(float((row - rows[slot]).square().sum()) for slot in own)
        lost += float(counts[at]) * apart
    centre = counts @ rows / 12
    whole = float(counts @ (rows - centre).square().sum(1))
    assert left.explained == pytest.approx(1 - lost / whole, abs=1e-5)


def test_ward_shares_by_what_is_lost_and_not_evenly():
    flat = torch.zeros(16, 4)
    flat[:8] = torch.randn(8, 4, generator=torch.Generator().manual_seed(2))
    left = compress_visual(flat, (Block((2, 4), 0), Block((2, 4), 8)), WARD, 9)
    assert int((left.slots < 8).sum()) == 8
    assert left.explained == pytest.approx(1, abs=1e-6)


def test_fewer_tokens_than_grids_are_made_of_the_most_alike():
    blocks = tuple(Block((2, 2), 4 * frame) for frame in range(5))
    left = compress_visual(torch.randn(20, 4, generator=torch.Generator().manual_seed(3)), blocks, WARD, 3)
    assert len(left.slots) == 3
    assert len(left.notes) == 1
    least = compress_visual(features(), BLOCKS, WARD, 3)
    assert len(least.slots) == 2 + TOKENS - sum(len(block.slots) for block in BLOCKS)
    assert any(note.endswith(f", {len(least.slots)}") for note in least.notes)


@pytest.mark.parametrize(("name", "lacking"), [("visionzip", "keys"), ("cdpruner", "relevance")])
def test_what_a_method_needs_and_these_tokens_lack(name, lacking):
    with pytest.raises(PlanError, match=lacking):
        compress_visual(features(), BLOCKS, find("spatial", name), 40)


def test_methods_that_merge_frames_as_they_come_have_their_place_elsewhere():
    with pytest.raises(PlanError, match="frame-merge"):
        compress_visual(features(), BLOCKS, find("temporal", "frame-merge"), 40)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.integers(-5, 400))
def test_shares_add_up_and_stay_in_bounds(sizes, total):
    counts = shared_out(total, sizes)
    assert all(1 <= count <= size for count, size in zip(counts, sizes, strict=True))
    assert sum(counts) == min(max(total, len(sizes)), sum(sizes))
