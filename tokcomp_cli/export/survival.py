"""What of pictures survives a tier: each is brought to the size of the tier and back, and compared."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import cv2
import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.core.results.sending import Survival
from tokcomp_cli.difficulty.ocr import Reader
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.fidelity.metrics import explained, patch_weights
from tokcomp_cli.fidelity.resolution import surviving

Pixels = npt.NDArray[np.uint8]
Size = tuple[int, int]
MOST_SIDE = 3
LEAST_WORDS = 3


class Pictures:
    """Full pictures and their content, to which any number of sizes are held.

    `explained` compares tokens of parts: a picture is looked at in up to 3 x 3 encoder inputs, so that a tier
    is judged at about the resolution that models look at, and not at the one of a small encoder's input.
    """

    def __init__(self, pictures: Sequence[Pixels], encoder: Encoder, reader: Reader | None) -> None:
        """Read and encode the full pictures.

        Args:
            pictures: As displayed, uint8, (H, W, 3) each, at least one.
            encoder: In whose features content is compared.
            reader: Reads words; None to leave them out.
        """
        self._encoder, self._reader = encoder, reader
        self._full = [_Full(one, *_content(one, encoder), _words(one, reader)) for one in pictures]
        self._known: dict[tuple[Size, ...], Survival] = {}

    def __len__(self) -> int:
        """Return how many pictures there are."""
        return len(self._full)

    @property
    def sizes(self) -> list[Size]:
        """Return width and height of each picture."""
        return [(one.picture.shape[1], one.picture.shape[0]) for one in self._full]

    def at(self, sizes: Sequence[Size]) -> Survival:
        """Return what survives where each picture is brought to a size, width and height, and back.

        A picture that is enlarged loses nothing.
        """
        # What does not reduce a picture leaves all of it, whatever the size.
        reduced = tuple(
            size if size[0] < own[0] or size[1] < own[1] else own
            for size, own in zip(sizes, self.sizes, strict=True)
        )
        if reduced not in self._known:
            self._known[reduced] = self._measured(reduced)
        return self._known[reduced]

    def _measured(self, sizes: Sequence[Size]) -> Survival:
        shown = [
            (one.picture, size, own) for one, size, own in zip(self._full, sizes, self.sizes, strict=True)
        ]
        return self.against(
            [picture if size == own else brought_back(picture, size) for picture, size, own in shown]
        )

    def against(self, shown: Sequence[Pixels]) -> Survival:
        """Return what survives where something else is shown in place of each picture, of its size."""
        lost = energy = floor = 0.0
        contrast, gradient, shares = [], [], []
        read = 0
        for one, back in zip(self._full, shown, strict=True):
            height, width = one.picture.shape[:2]
            same = back is one.picture
            content = one.content if same else _content(back, self._encoder)[0]
            lost += float(np.square(one.content - content, dtype=np.float64).sum(1) @ one.counts)
            energy += one.energy
            floor += self._encoder.facts.floor * content.shape[0]
            left = surviving(one.picture, back, (0.0, 0.0, float(width), float(height)))
            contrast.append(left.contrast)
            gradient.append(left.gradient)
            if one.words:
                there = one.words if same else one.words & _words(back, self._reader)
                read += there.total()
                if one.words.total() >= LEAST_WORDS:
                    shares.append(there.total() / one.words.total())
        words = None if self._reader is None else sum(one.words.total() for one in self._full)
        return Survival(
            explained=explained(lost, max(energy, floor), floor=0.0, patches=1) if energy + floor else 1.0,
            contrast=fmean(contrast),
            gradient=fmean(gradient),
            words=words,
            words_read=None if words is None else read,
            words_share=min(shares, default=None),
        )


@dataclass(frozen=True, slots=True)
class _Full:
    """A picture, the content of its parts, float32, (N, D), what each patch counts, (N,), and its words."""

    picture: Pixels
    content: npt.NDArray[np.float32]
    counts: npt.NDArray[np.float32]
    words: Counter[str]

    @property
    def energy(self) -> float:
        """Return the sum of squared distances to the mean content."""
        mean = self.counts @ self.content / self.counts.sum()
        return float(np.square(self.content - mean, dtype=np.float64).sum(1) @ self.counts)


def brought_back(picture: Pixels, size: Size) -> Pixels:
    """Return a picture as it is after it was brought to a size, antialiased, and back.

    Args:
        picture: uint8, (H, W, 3).
        size: Width and height.
    """
    seen = ArrayPicture(picture).scaled((size[1], size[0]))
    height, width = picture.shape[:2]
    return np.asarray(cv2.resize(seen, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _content(picture: Pixels, encoder: Encoder) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the content of a picture's parts, (parts * P, D), and what each patch counts by its saliency."""
    rows, columns = encoder.facts.input_size
    side = min(MOST_SIDE, max(-(-picture.shape[0] // rows), -(-picture.shape[1] // columns)))
    large = ArrayPicture(picture).scaled((side * rows, side * columns))
    found, counts = [], []
    for row in large.reshape(side, rows, side, columns, 3).swapaxes(1, 2):
        tokens = encoder.encode(np.ascontiguousarray(row))
        found.append((tokens.features - encoder.blank).flatten(0, 1).numpy())
        counts.append(patch_weights(tokens.saliency).flatten().numpy())
    return np.concatenate(found), np.concatenate(counts)


def _words(picture: Pixels, reader: Reader | None) -> Counter[str]:
    return Counter() if reader is None else reader.words(picture)
