"""What only an evaluation needs of a picture: what others than the encoder see, and how hard it looks."""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.difficulty.score import image_score
from tokcomp_cli.difficulty.signals import grid_signals, picture_signals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.handcrafted import HandcraftedEncoder

FINE = 4
"""Parts of a patch's side whose mean colours are its pixels here."""


def judged(pictures: npt.NDArray[np.uint8], tokens: FrameTokens, encoder: Encoder) -> dict[str, Tensor]:
    """Return fields of an `EncodedSet` for B pictures, (B, H, W, 3)."""
    grid = encoder.facts.grid
    other = _handcrafted()
    same = other.facts.grid == grid
    return {
        "keys": (torch.zeros(len(pictures), 0) if tokens.keys is None else tokens.keys).half(),
        "pixels": torch.stack([_pixels(one, grid) for one in pictures]),
        "handcrafted": (other.encode(pictures).features - other.blank if same else torch.zeros(0)).half(),
        "score": torch.tensor(
            [
                _score(one, features - encoder.blank, saliency, encoder)
                for one, features, saliency in zip(
                    pictures, tokens.features.float(), tokens.saliency.float(), strict=True
                )
            ]
        ),
    }


@cache
def _handcrafted() -> HandcraftedEncoder:
    return HandcraftedEncoder()


def _pixels(rgb: npt.NDArray[np.uint8], grid: tuple[int, int]) -> Tensor:
    """Return mean colours 0-1 of the parts of each patch, float16, (P, FINE * FINE * 3)."""
    rows, columns = grid
    small = cv2.resize(rgb, (columns * FINE, rows * FINE), interpolation=cv2.INTER_AREA)
    parts = torch.from_numpy(np.asarray(small)).view(rows, FINE, columns, FINE, 3).permute(0, 2, 1, 3, 4)
    return (parts.reshape(rows * columns, -1).float() / 255).half()


def _score(rgb: npt.NDArray[np.uint8], content: Tensor, saliency: Tensor, encoder: Encoder) -> float:
    """Return the reference note's difficulty score of a picture without a question."""
    facts = encoder.facts
    looks = picture_signals(ArrayPicture(rgb))
    return image_score(
        grid_signals(looks, content=content, saliency=saliency, grid=facts.grid, floor=facts.floor)
    )
