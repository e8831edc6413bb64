"""How alike the content of frames and tokens is: 1 for the same, about 0 for unrelated content.

Raw tokens of a ViT share a large common part: a cut from black to white has a cosine of 0.95. Content is a
token minus the encoder's response to blank frames, and still shares a part between any two photos, so the
scale is what unrelated content would be apart. A floor tells frames that hold hardly any content.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokcomp_cli.core.lazy import Tensor, torch

TINY = 1e-300


@dataclass(frozen=True, slots=True)
class ContentSimilarity:
    """How alike the content of two grids is.

    Attributes:
        statistic: `mean`, over the whole frame; `p10` or `min` of the patches' own, which a small moving
            object lowers.
        floor: Least content energy of a patch (`EncoderFacts.floor`).
    """

    statistic: str
    floor: float

    def __call__(self, frame: Tensor, reference: Tensor) -> float:
        """Return the similarity, in [-1, 1]; exactly 1 for the same content.

        Args:
            frame: Content of a frame's patches, (P, D).
            reference: Content at the same positions, (P, D).

        Reference: `mean` is Lin's concordance coefficient (Biometrics 45, 1989) over all patches and
        channels. Deviation: the floor, below which two frames differ by less than content would.
        """
        return from_distances(*distances(frame, reference), floor=self.floor, statistic=self.statistic)


def distances(frame: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Return each patch's squared distance, and the one expected of unrelated content, float64, (P,) each.

    The mean of the second is Lin's denominator: the variance of each frame around its own mean token, and
    the squared distance of the two mean tokens.

    Args:
        frame: Content of a frame's patches, (P, D).
        reference: Content at the same positions, (P, D).
    """
    x, y = frame.detach(), reference.detach()
    mean_x, mean_y = x.mean(0), y.mean(0)
    middle, offset = (mean_x + mean_y) / 2, (mean_x - mean_y).double().square().sum() / 2
    expected = _squares(x - middle) + _squares(y - middle) + offset
    return _squares(x - y), expected


def _squares(rows: Tensor) -> Tensor:
    """Return each row's squared norm, float64, (P,); a sixth of the time that rows in float64 take."""
    squares: Tensor = torch.linalg.vector_norm(rows, dim=1).double().square()
    return squares


def from_distances(apart: Tensor, expected: Tensor, *, floor: float, statistic: str) -> float:
    """Return the similarity that follows from `distances`, in [-1, 1]."""
    if statistic == "mean":
        return 1.0 - float(apart.mean()) / _least(expected, floor)
    alike = _of_patches(apart, expected, floor)
    return float(alike.quantile(0.1) if statistic == "p10" else alike.min())


def patch_similarity(frame: Tensor, reference: Tensor, floor: float) -> Tensor:
    """Return how alike each co-located pair of patches is, in [-1, 1], float64, (P,).

    Args:
        frame: Content of a frame's patches, (P, D).
        reference: Content at the same positions, (P, D).
        floor: Least content energy of a patch.
    """
    return _of_patches(*distances(frame, reference), floor)


def token_similarity(content: Tensor, sizes: Tensor, floor: float) -> Tensor:
    """Return how alike each pair of a merged frame's tokens is, float64, (N, N).

    Args:
        content: Content of the tokens, (N, D).
        sizes: Patches that each stands for, (N,).
        floor: Least content energy of a patch.
    """
    x, weight = content.detach().double(), sizes.double() / sizes.sum()
    x = x - (weight[:, None] * x).sum(0)
    energy = x.square().sum(1)
    both = energy[:, None] + energy
    least = max(2 * float((weight * energy).sum()), 2 * floor, TINY)
    return 1.0 - (both - 2 * (x @ x.T)).clamp(min=0) / both.clamp(min=least)


def _of_patches(apart: Tensor, expected: Tensor, floor: float) -> Tensor:
    return 1.0 - apart / expected.clamp(min=_least(expected, floor))


def _least(expected: Tensor, floor: float) -> float:
    return max(float(expected.mean()), 2 * floor, TINY)
