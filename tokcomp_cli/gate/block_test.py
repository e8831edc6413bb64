"""Whether two pictures are near-identical, told from blocks of pixels.

What the encoder would see is compared, in luma and in both colour differences. The block that differs most
decides, not the mean, so that a small thing that moves counts. A difference counts against the contrast that
is there: 3 grey levels are nothing in grass, and a title that fades in on a dark ground.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
SMALL, LARGE = 8, 16
NOISE = 2.0
SMALL_LIMIT, LARGE_LIMIT = 1.5, 0.45
SMALL_SPREAD, LARGE_SPREAD = 0.1, 0.3


@dataclass(frozen=True, slots=True)
class Blocks:
    """A picture prepared for comparisons.

    Attributes:
        planes: Luma and the two colour differences, uint8, (H, W, 3).
        contrast: Standard deviation of the luma in each small and each large block, float32.
        spread: Standard deviation of the luma of the whole picture.
    """

    planes: npt.NDArray[np.uint8]
    contrast: tuple[Floats, Floats]
    spread: float


def blocks(rgb: npt.NDArray[np.uint8]) -> Blocks:
    """Return a picture prepared for comparisons.

    Args:
        rgb: What the encoder would see, uint8, (H, W, 3).
    """
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    luma = planes[:, :, 0].astype(np.float32)
    mean, square = _shrunk(luma, SMALL), _shrunk(luma * luma, SMALL)
    small = np.sqrt(np.maximum(square - mean * mean, 0))
    wide, wide_square = _shrunk(mean, LARGE // SMALL), _shrunk(square, LARGE // SMALL)
    large = np.sqrt(np.maximum(wide_square - wide * wide, 0))
    spread = float(np.sqrt(max(0.0, float(square.mean()) - float(mean.mean()) ** 2)))
    return Blocks(planes, (small, large), spread)


def difference(one: Blocks, other: Blocks) -> float:
    """Return how far two pictures of a size are from near-identical; up to 1 they are.

    For blocks of 8 and of 16 pixels: the mean absolute difference of a block in the plane that differs most,
    over the contrast of the block in the flatter of the two pictures, a share of the contrast of the whole
    picture, and noise. The largest decides.

    Args:
        one: A picture.
        other: Another.

    Reference: ffmpeg's `mpdecimate` also lets the largest block decide; its limits are absolute.
    """
    apart = cv2.absdiff(one.planes, other.planes).astype(np.float32)
    small = _shrunk(apart, SMALL)
    spread = min(one.spread, other.spread)
    scores = []
    for at, (means, limit, share) in enumerate(
        (
            (small, SMALL_LIMIT, SMALL_SPREAD),
            (_shrunk(small, LARGE // SMALL), LARGE_LIMIT, LARGE_SPREAD),
        )
    ):
        flatter = np.minimum(one.contrast[at], other.contrast[at])
        scores.append(float((means.max(2) / (flatter + share * spread + NOISE)).max()) / limit)
    return max(scores)


def _shrunk(plane: Floats, side: int) -> Floats:
    """Return the mean of each square block of so many pixels."""
    height, width = plane.shape[:2]
    size = (max(1, width // side), max(1, height // side))
    shrunk: Floats = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return shrunk
