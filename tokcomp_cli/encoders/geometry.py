"""How a picture is brought to an encoder's input."""

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.results import EncoderFacts
from tokcomp_cli.errors import EncoderError

BLANK_GREYS = (0, 40, 128, 200, 255)


def squash(rgb: npt.NDArray[np.uint8], size: tuple[int, int]) -> Tensor:
    """Return the whole pictures resized to the input, aspect ratio given up, uint8, (T, 3, H, W).

    Bicubic with antialiasing, in 8 bits, as Pillow does it.

    Args:
        rgb: Pictures, uint8, (T, H, W, 3).
        size: Height and width of the input in pixels.
    """
    writable = np.require(rgb, requirements=["C_CONTIGUOUS", "WRITEABLE"])
    pictures = torch.from_numpy(writable).permute(0, 3, 1, 2)
    if tuple(pictures.shape[-2:]) == size:
        return pictures
    return F.interpolate(pictures, size=size, mode="bicubic", antialias=True)


def blank_frames(size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return one grey frame for each level of `BLANK_GREYS`, uint8, (5, H, W, 3)."""
    levels = np.asarray(BLANK_GREYS, dtype=np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (len(levels), *size, 3))


def check_finite(features: Tensor, facts: EncoderFacts) -> None:
    """Raise EncoderError if a token holds NaN or infinity."""
    if not torch.isfinite(features).all():
        raise EncoderError(
            f"encoder {facts.name} returned values that are not finite; "
            "its weights are damaged or the number format is too narrow: choose another encoder"
        )
