"""Colour, gradient and DCT features per patch: no weights, for tests and as an honest baseline."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import squash
from tokcomp_cli.core.lazy import F, Tensor, np, npt, torch
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.choice import EncoderChoice
from tokcomp_cli.encoders.geometry import blank_frames
from tokcomp_cli.encoders.precision import check_device

PATCH, SIDE, ORIENTATIONS, FREQUENCIES = 16, 14, 8, 4
INPUT = (PATCH * SIDE, PATCH * SIDE)
LUMA = (0.299, 0.587, 0.114)

FACTS = EncoderFacts(
    name="handcrafted",
    architecture="colour mean and spread, gradient orientations, DCT of luma; no training",
    weights_sha256=None,
    grid=(SIDE, SIDE),
    patch_size=PATCH,
    input_size=INPUT,
    dim=6 + ORIENTATIONS + FREQUENCIES**2 - 1,
    layer="features of pixels",
    saliency="norm of the deviation from the frame's mean token (no class token)",
    preprocessing="squash to 224 x 224, bicubic; values 0-1",
    text=False,
    floor=0.01,
    threshold=0.65,
    similarity="mean",
    calibrated=True,
)


def dct_matrix(size: int, device: str = "cpu") -> Tensor:
    """Return the orthonormal DCT-II matrix, float32, (size, size), rows by frequency."""
    step = torch.arange(size, dtype=torch.float64, device="cpu")
    matrix = torch.cos(math.pi / size * (step[None] + 0.5) * step[:, None]) * math.sqrt(2 / size)
    matrix[0] /= math.sqrt(2)
    return matrix.float().to(device)


def to_patches(planes: Tensor) -> Tensor:
    """Return planes (T, C, H, W) cut into patches, (T, P, C, 16, 16), raster order."""
    batch, channels, _, _ = planes.shape
    cut = planes.view(batch, channels, SIDE, PATCH, SIDE, PATCH).permute(0, 2, 4, 1, 3, 5)
    return cut.reshape(batch, SIDE * SIDE, channels, PATCH, PATCH)


def orientation_histogram(luma: Tensor) -> Tensor:
    """Return gradient magnitude by orientation for each patch, (T, P, 8).

    Args:
        luma: Values 0-1, (T, 1, H, W).
    """
    padded = F.pad(luma, (1, 1, 1, 1), mode="replicate")
    across = (padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]) / 2
    down = (padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]) / 2
    magnitude = to_patches(torch.hypot(across, down)).flatten(2)
    angle = to_patches(torch.atan2(down, across)).flatten(2) % math.pi
    bins = (angle / math.pi * ORIENTATIONS).long().clamp(max=ORIENTATIONS - 1)
    histogram = magnitude.new_zeros((*magnitude.shape[:2], ORIENTATIONS))
    return histogram.scatter_add_(2, bins, magnitude) / PATCH


class HandcraftedEncoder:
    """Features that anyone can compute by hand; a baseline, not a model of what a VLM sees."""

    def __init__(self, *, device: str = "cpu") -> None:
        self.facts = replace(FACTS, device=device)
        self._luma = torch.tensor(LUMA, device=device).view(3, 1, 1)
        self._waves = dct_matrix(PATCH, device)[:FREQUENCIES]

    @cached_property
    def blank(self) -> Tensor:
        """Return the mean response to blank grey frames at each grid position, float32, (P, D)."""
        return self.encode(blank_frames(INPUT)).features.mean(0)

    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of each frame, float32, on the CPU; pictures uint8, (T, H, W, 3)."""
        pictures = squash(rgb, INPUT).to(self.facts.device).float() / 255
        luma = (pictures * self._luma).sum(1, keepdim=True)
        colour = to_patches(pictures).flatten(3)
        waves = (self._waves @ to_patches(luma)[:, :, 0] @ self._waves.T).flatten(2)[..., 1:] / PATCH
        parts = [colour.mean(3), colour.std(3, correction=0), orientation_histogram(luma), waves]
        features = torch.cat(parts, dim=2)
        saliency = (features - features.mean(1, keepdim=True)).norm(dim=2)
        return FrameTokens(features, saliency, pooled=features.mean(1)).cpu()

    def encode_text(self, text: str) -> Tensor | None:  # noqa: ARG002
        """Return None: there is no text tower."""
        return None


def make(choice: EncoderChoice) -> HandcraftedEncoder:
    """Return the encoder.

    Raises:
        PlanError: There is no such device.
    """
    return HandcraftedEncoder(device=check_device(choice.device))
