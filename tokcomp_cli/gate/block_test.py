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
LIMITS = (1.0, 0.35)
"""Of the small and of the large blocks; chosen on real clips so that content of skipped frames differs by
1 to 2 % of the energy from that of the frame whose tokens it takes."""
USUAL_SHARES = (0.5, 1.0)
TEST = f"largest difference of blocks of {SMALL} and {LARGE} pixels, against their contrast"
MOST_NOISE, LEAST_NOISE = 2.0, 0.1


@dataclass(frozen=True, slots=True)
class Blocks:
    """A picture prepared for comparisons.

    Attributes:
        planes: Luma and the two colour differences, uint8, (H, W, 3).
        contrast: Standard deviation of the luma in each small and each large block, float32.
        usual: Mean of either: unlike the contrast of the whole picture it does not rise with black bars.
    """

    planes: npt.NDArray[np.uint8]
    contrast: tuple[Floats, Floats]
    usual: tuple[float, float]


def blocks(rgb: npt.NDArray[np.uint8]) -> Blocks:
    """Return a picture prepared for comparisons.

    Args:
        rgb: What the encoder would see, uint8, (H, W, 3).
    """
    planes = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), dtype=np.uint8)
    luma = planes[:, :, 0].astype(np.float32)
    mean, square = _shrunk(luma, SMALL), _shrunk(luma * luma, SMALL)
    small = np.sqrt(np.maximum(square - mean * mean, 0))
    wide, wide_square = _shrunk(mean, LARGE // SMALL), _shrunk(square, LARGE // SMALL)
    large = np.sqrt(np.maximum(wide_square - wide * wide, 0))
    return Blocks(planes, (small, large), (_mean(small), _mean(large)))


def difference(one: Blocks, other: Blocks) -> float:
    """Return how far two pictures of a size are from near-identical; up to 1 they are.

    For blocks of 8 and of 16 pixels: the mean absolute difference of a block in the plane that differs most,
    over the contrast of the block in the flatter of the two pictures, a share of the usual contrast of
    blocks, and noise, which a picture without contrast does not hide. The largest decides.

    Args:
        one: A picture.
        other: Another.

    Reference: ffmpeg's `mpdecimate` also lets the largest block decide; its limits are absolute.
    """
    small = _block_means(np.asarray(cv2.absdiff(one.planes, other.planes), dtype=np.uint8))
    noise = min(MOST_NOISE, LEAST_NOISE + min(one.usual[0], other.usual[0]) / 2)
    scores = []
    for at, means in enumerate((small, _shrunk(small, LARGE // SMALL))):
        flatter = np.minimum(one.contrast[at], other.contrast[at])
        usual = USUAL_SHARES[at] * min(one.usual[at], other.usual[at])
        apart = np.maximum(np.maximum(means[:, :, 0], means[:, :, 1]), means[:, :, 2])
        scores.append(float((apart / (flatter + usual + noise)).max()) / LIMITS[at])
    return max(scores)


def _block_means(planes: npt.NDArray[np.uint8]) -> Floats:
    """Return the mean of each small block of planes, (H, W, 3): rows are added up as integers, then columns.

    That takes half the time of `_shrunk`, where blocks fit into the picture.
    """
    height, width, count = planes.shape
    if height % SMALL or width % SMALL:
        return _shrunk(planes.astype(np.float32), SMALL)
    rows = np.add.reduce(planes.reshape(-1, SMALL, width * count), axis=1, dtype=np.uint16)
    columns = rows.astype(np.float32).reshape(-1, SMALL * count)
    means = columns @ np.tile(np.eye(count, dtype=np.float32) / SMALL**2, (SMALL, 1))
    return np.asarray(means.reshape(height // SMALL, width // SMALL, count), dtype=np.float32)


def _shrunk(plane: Floats, side: int) -> Floats:
    """Return the mean of each square block of so many pixels."""
    height, width = plane.shape[:2]
    size = (max(1, width // side), max(1, height // side))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _mean(values: Floats) -> float:
    """Return the mean of few values; `numpy.mean` takes as long as all else that is done with them."""
    return float(np.add.reduce(values, axis=None) / np.float32(values.size))
