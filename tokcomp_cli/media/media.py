"""What every opened input offers, whatever it is."""

from collections.abc import Iterator
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import FrameBatch, MediaFacts


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

    def frames(self, frame_index: npt.NDArray[np.int64], *, max_batch: int = 16) -> Iterator[FrameBatch]:
        """Yield the wanted frames, rising, in batches of bounded size."""
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
