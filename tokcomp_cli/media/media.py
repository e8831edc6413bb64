"""What every opened input offers, whatever it is."""

from collections.abc import Iterator, Sequence
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import FrameBatch, MediaFacts, Scaling


class Media(Protocol):
    """An opened input; a context manager that closes the file.

    Attributes:
        facts: What is known about the file; final once `frames` is exhausted, since damage may be
            found while decoding.
        pts_seconds: Presentation time of each frame in the file, rising, float64, (F,).
        duration_seconds: How long each frame is shown, float64, (F,).
    """

    facts: MediaFacts
    pts_seconds: npt.NDArray[np.float64]
    duration_seconds: npt.NDArray[np.float64]

    def frames(
        self, frame_index: npt.NDArray[np.int64], *, max_batch: int = 16, scaled: Sequence[Scaling] = ()
    ) -> Iterator[FrameBatch]:
        """Yield the wanted frames, rising, in batches of bounded size.

        One thread at a time may use the iterator, not always the same one; it is closed when no thread is
        waiting for its next batch. The pictures outlive it.

        Args:
            frame_index: Frame numbers, strictly rising, int64, (T,).
            max_batch: Most frames a batch; huge frames come in smaller ones.
            scaled: Sizes that the pictures will be asked for. With any, the decoder is one whose frames are
                scaled without making the whole picture, and a decoding process sends these sizes along.

        Raises:
            MediaError: None of the wanted frames can be decoded.
        """
        ...

    def close(self) -> None:
        """Close the file."""
        ...

    def __enter__(self) -> Self:
        """Return itself."""
        ...

    def __exit__(self, *exception: object) -> None:
        """Close the file."""
        ...
