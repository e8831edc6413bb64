import pytest
import torch

from tokcomp_cli.compress.module import Compress
from tokcomp_cli.vlm.shorten import DecoderInput, extend, shorten

VISUAL = torch.tensor([[0, 1, 1, 1, 0, 0], [0, 1, 1, 1, 1, 0]], dtype=torch.bool)
EMBEDS = torch.arange(12.0).view(2, 6, 1)
COUNT = torch.arange(6)


@pytest.fixture
def two_kept():
    """Two sequences of which every second visual token stays."""
    compress = Compress("uniform", 2)

    def go(positions):
        return shorten(compress, DecoderInput(EMBEDS, None, positions), VISUAL)

    return go


def test_the_shorter_sequence_is_padded_on_the_left(two_kept):
    found, prompt = two_kept(COUNT[None])
    assert found.embeds.squeeze(2).tolist() == [[0, 1, 3, 4, 5], [0, 6, 8, 10, 11]]
    assert found.mask.tolist() == [[1] * 5, [0] + [1] * 4]
    assert found.positions.tolist() == [[0, 1, 2, 3, 4], [0, 0, 1, 2, 3]]
    assert prompt.dropped.tolist() == [1, 2]
    after = extend(
        prompt, DecoderInput(EMBEDS[:, :1], None, torch.tensor([[6]])), cached=5, counted_from_cache=False
    )
    assert after.mask.tolist() == [[1] * 6, [0] + [1] * 5]
    assert after.positions.tolist() == [[5], [4]]


def test_positions_in_time_row_and_column_stay(two_kept):
    axes = torch.stack([COUNT, 10 + COUNT, 20 + COUNT, 30 + COUNT])[:, None]
    found, prompt = two_kept(axes)
    assert found.positions[:, 1].tolist() == [
        [0, 0, 1, 2, 3],
        [0, 10, 12, 14, 15],
        [0, 20, 22, 24, 25],
        [0, 30, 32, 34, 35],
    ]
    for counted, expected in ((False, 9), (True, 11)):
        came = DecoderInput(EMBEDS[:, :1], None, torch.full((3, 2, 1), 9))
        after = extend(prompt, came, cached=5, counted_from_cache=counted)
        assert after.positions[:, 1].flatten().tolist() == [expected] * 3


def test_nothing_is_masked_where_nothing_is_padded():
    found, _ = shorten(Compress("uniform", 2), DecoderInput(EMBEDS[:1], None, None), VISUAL[:1])
    assert found.mask is None
    assert found.positions is None
