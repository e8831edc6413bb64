"""What a resize leaves of a picture: gradient energy and contrast."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

NOTHING = 1e-9  # of grey values 0-1, squared: below it there is nothing to lose


@dataclass(frozen=True, slots=True)
class Surviving:
    """Shares of a picture that survive a resize, each in [0, 1]; 1 where there is nothing to lose.

    Attributes:
        gradient: Of the gradient energy: fine structure, and a photo's noise just as well.
        contrast: Of the variance of grey values: what a person would miss.
    """

    gradient: float
    contrast: float


def surviving(
    picture: npt.NDArray[np.uint8], seen: npt.NDArray[np.uint8], source: tuple[float, float, float, float]
) -> Surviving:
    """Return what of a picture is still there in what an encoder sees of it.

    The input is brought back to the picture's size (bicubic) and compared with it in grey values. What lies
    outside the part that the encoder sees counts as lost.

    Args:
        picture: uint8, (H, W, 3).
        seen: The same at the encoder's input without padding, uint8, (h, w, 3).
        source: Left, top, right, bottom of what it shows, in the picture's pixels.
    """
    left, top, right, bottom = (round(edge) for edge in source)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    whole = _grey(picture)
    back = cv2.resize(seen, (right - left, bottom - top), interpolation=cv2.INTER_CUBIC)
    part, rebuilt = whole[top:bottom, left:right], _grey(np.asarray(back, dtype=np.uint8))
    gradients = _gradient_energy(whole)
    variation = float(np.square(whole - whole.mean(), dtype=np.float64).sum())
    outside = variation - float(np.square(part - whole.mean(), dtype=np.float64).sum())
    lost = outside + float(np.square(part - rebuilt, dtype=np.float64).sum())
    size = whole.size
    return Surviving(
        gradient=_share(_gradient_energy(rebuilt), gradients, size),
        contrast=_share(variation - lost, variation, size),
    )


def _share(left: float, whole: float, pixels: int) -> float:
    return min(max(left / whole, 0.0), 1.0) if whole > NOTHING * pixels else 1.0


def _grey(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    grey: npt.NDArray[np.float32] = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    return grey / np.float32(255)


def _gradient_energy(grey: npt.NDArray[np.float32]) -> float:
    """Return the sum of squared gradient magnitudes, Sobel 3 x 3 with unit slope for a unit step a pixel."""
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return float(np.square(across, dtype=np.float64).sum() + np.square(down, dtype=np.float64).sum())
