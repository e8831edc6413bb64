"""Frames' tokens one below the other: single precision to the bit, half precision within its rounding."""

import pytest
import torch

from tokcomp_cli.reduce.frame_rows import FrameRows, HalfFrames
from tokcomp_cli.reduce.video_tokens import VideoTokens

BLANK = torch.linspace(-40, 40, 12 * 6).view(12, 6)


def filled(frames, row_of, *, half, expected=1):
    rows = FrameRows(expected, BLANK, half=half)
    for start in range(0, len(frames), 2):
        rows.add(frames[start : start + 2])
    return rows.frames(torch.tensor(row_of))


@pytest.mark.parametrize("expected", [0, 1, 5, 50])
def test_single_precision_keeps_every_bit_whatever_was_expected(shots, expected):
    frames = shots[:5] + BLANK
    held = filled(frames, range(5), half=False, expected=expected)
    assert torch.equal(held, frames)
    assert torch.equal(filled(frames, [0, 0, 3], half=False, expected=expected), frames[[0, 0, 3]])


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_half_precision_rounds_what_is_beyond_the_blank_response(shots, scale):
    content = shots * scale
    content[4] = 0
    row_of = [0, 1, 1, 4, 8]
    held = filled(content + BLANK, row_of, half=True)
    assert isinstance(held, HalfFrames)
    assert held.rows.dtype == torch.float16
    assert held.shape == (5, 12, 6)
    video = VideoTokens(held, torch.ones(5, 12), None, None, (), None)
    assert video.shape == (5, 12, 6)
    assert torch.equal(video.whole, torch.stack(list(video.frames)))
    single = (content + BLANK)[row_of]
    largest = (single - BLANK).abs().amax((1, 2), keepdim=True)
    rounding = 2.0**-11 * largest + 2.0**-22 * BLANK.abs().max()
    assert ((video.whole - single).abs() <= rounding).all()
