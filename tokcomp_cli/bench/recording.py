"""What our run hands to the encoder, kept so that encoding alone can be repeated exactly."""

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from tempfile import TemporaryFile
from typing import IO, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.bench.methods import threads_of
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.base import Encoder


class RecordingEncoder:
    """Encodes as another encoder does, and keeps every batch in a temporary file.

    Attributes:
        frames: Frames encoded so far.
        threads: Threads that torch used for a batch.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115 closed by the context
        self._shapes: list[tuple[int, ...]] = []
        self._callers: set[int] = set()
        self._lock = threading.Lock()
        self.frames = 0
        self.threads = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def facts(self) -> EncoderFacts:
        """Return what the encoder is."""
        return self._encoder.facts

    @property
    def blank(self) -> Tensor:
        """Return the mean response to blank grey frames, float32, CPU, (P, D)."""
        return self._encoder.blank

    @property
    def workers(self) -> int:
        """Return how many threads encoded batches side by side."""
        return max(1, len(self._callers))

    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of each frame; the batch is kept, uint8, (T, H, W, 3)."""
        with self._lock:
            self._file.write(np.ascontiguousarray(rgb).tobytes())
            self._shapes.append(rgb.shape)
            self._callers.add(threading.get_ident())
            self.frames += len(rgb)
            self.threads = torch.get_num_threads()
        return self._encoder.encode(rgb)

    def encode_text(self, text: str) -> Tensor | None:
        """Return the unit-norm embedding of a text, float32, CPU, (E,), or None without a text tower."""
        return self._encoder.encode_text(text)

    def again(self) -> int:
        """Return how many frames were encoded: the same batches, as many at a time, on as many threads."""
        done = 0
        waiting: deque[Future[FrameTokens]] = deque()
        with threads_of(self.threads), ThreadPoolExecutor(self.workers, "encode") as pool:
            try:
                for batch in self._batches():
                    waiting.append(pool.submit(self._encoder.encode, batch))
                    if len(waiting) > 2 * self.workers:
                        done += len(waiting.popleft().result().features)
                while waiting:
                    done += len(waiting.popleft().result().features)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        return done

    def _batches(self) -> Iterator[npt.NDArray[np.uint8]]:
        self._file.seek(0)
        for shape in self._shapes:
            blob = self._file.read(int(np.prod(shape)))
            yield np.frombuffer(blob, dtype=np.uint8).reshape(shape)
