import threading
import time

import numpy as np
import pytest
import torch

from tests.reading.test_chunks import SHOTS, made
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.handcrafted import FACTS
from tokcomp_cli.errors import EncoderError, MediaError
from tokcomp_cli.reading.encoding import Batches, encoded


class Mean:
    """An encoder whose one token is the mean level, and which has memory for so many frames."""

    facts = FACTS

    def __init__(self, memory: int = 10**6, error: type[Exception] = MemoryError) -> None:
        self.memory, self.error, self.sizes = memory, error, []

    def encode(self, rgb):
        if len(rgb) > self.memory:
            raise self.error("CUDA out of memory" if self.error is torch.OutOfMemoryError else "")
        self.sizes.append(len(rgb))
        features = torch.from_numpy(rgb).float().mean((1, 2, 3))[:, None, None]
        return FrameTokens(features, features[:, :, 0], features[:, :, 0])


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_chunks_come_in_order_with_their_own_tokens(workers):
    found = made(SHOTS)
    for (chunk, tokens), given in zip(
        encoded(iter(found), Batches(Mean()), Clock(), workers), found, strict=True
    ):
        assert chunk is given
        levels = [float(rgb.mean()) for rgb in chunk.inputs]
        assert (tokens is None) == (not levels)
        assert tokens is None or tokens.features[:, 0, 0].tolist() == levels


@pytest.mark.parametrize("error", [MemoryError, torch.OutOfMemoryError])
def test_a_batch_that_memory_does_not_suffice_for_is_halved_once(error):
    encoder = Mean(memory=3, error=error)
    batches = Batches(encoder)
    rgb = np.arange(8, dtype=np.uint8)[:, None, None, None] * np.ones((8, 2, 2, 3), np.uint8)
    for _ in range(2):
        assert batches.encode(rgb).features[:, 0, 0].tolist() == list(range(8))
    assert encoder.sizes == [2] * 8
    assert len(batches.notes) == 1
    assert "2 at a time" in batches.notes[0]


def test_one_frame_that_does_not_fit_is_an_error_that_says_what_to_do():
    with pytest.raises(EncoderError, match="memory"):
        Batches(Mean(memory=0)).encode(np.zeros((4, 2, 2, 3), np.uint8))


def test_another_error_of_the_encoder_passes():
    encoder = Mean(memory=0, error=RuntimeError)
    with pytest.raises(RuntimeError):
        Batches(encoder).encode(np.zeros((1, 2, 2, 3), np.uint8))


def test_a_decoder_that_dies_is_an_error_and_no_thread_stays():
    before = threading.active_count()

    def broken():
        yield from made(SHOTS)[:2]
        raise MediaError("the decoder died")

    with pytest.raises(MediaError, match="died"):
        list(encoded(broken(), Batches(Mean()), Clock(), 2))
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
