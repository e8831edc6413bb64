"""The encoder that ships inside the package: ViT-S/16, DINOv2 lineage, 224 px (card: weights/README.md)."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import squash
from tokcomp_cli.core.lazy import Tensor, np, npt, torch
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.calibration import LEAST_ALIKE
from tokcomp_cli.encoders.choice import EncoderChoice, Precision
from tokcomp_cli.encoders.geometry import blank_frames, check_finite
from tokcomp_cli.encoders.memory import memory_errors
from tokcomp_cli.encoders.precision import check_device, choose
from tokcomp_cli.encoders.stored_weights import StoredWeights
from tokcomp_cli.encoders.vit_small import PATCH, WIDTH, VitSmall

WEIGHTS = Path(__file__).parent / "weights" / "vit_s16_int8.safetensors"
SHA256 = "fe92d354d31ca69ce33cc806d0bd6fd52803230f632b5e1230317a8e85fde04b"
BLANK = WEIGHTS.with_name("blank_response.safetensors")
BLANK_SHA256 = "b6343d5f7d2eec2abc32e445264407f7668dbd958c20c18774a2b643225e5f2c"
SIDE = 14
INPUT = (PATCH * SIDE, PATCH * SIDE)
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

FACTS = EncoderFacts(
    name="embedded",
    architecture="ViT-S/16, DINOv2 lineage, int8 weights",
    weights_sha256=SHA256,
    grid=(SIDE, SIDE),
    patch_size=PATCH,
    input_size=INPUT,
    dim=WIDTH,
    layer="last block after the final norm",
    saliency="class-token attention of the last block, mean over heads",
    preprocessing="squash to 224 x 224, bicubic; ImageNet mean and std",
    text=False,
    floor=20.0,
    threshold=LEAST_ALIKE,
    similarity="mean",
    calibrated=True,
)


class EmbeddedEncoder:
    """The shipped weights in a ViT-S/16 that is written out (`vit_small.py`).

    timm has the same model (a test holds the two to 1e-4), but importing it costs as much time again as
    importing torch, on every start of the command; and the class attention and the keys have to be
    read out of the last block anyhow.
    """

    def __init__(
        self, weights: Path = WEIGHTS, *, device: str = "cpu", precision: Precision = "float32"
    ) -> None:
        dtype = choose(precision, device)
        self.facts = replace(FACTS, device=device, dtype=str(dtype).removeprefix("torch."))
        self.tower = VitSmall.of(StoredWeights(weights, sha256=SHA256), dtype, device)
        self._mean = torch.tensor(IMAGENET_MEAN, device=device).view(3, 1, 1) * 255
        self._std = torch.tensor(IMAGENET_STD, device=device).view(3, 1, 1) * 255

    def at_grid(self, grid: tuple[int, int]) -> EmbeddedEncoder:
        """Return the same tower for another input size, its positions interpolated.

        Args:
            grid: Rows and columns of patches; the input is 16 times as large.
        """
        other = copy(self)
        other.__dict__.pop("blank", None)
        other.tower = self.tower.at_grid(self.facts.grid, grid)
        size = (PATCH * grid[0], PATCH * grid[1])
        preprocessing = f"squash to {size[1]} x {size[0]}, bicubic; ImageNet mean and std"
        other.facts = replace(self.facts, grid=grid, input_size=size, preprocessing=preprocessing)
        return other

    @cached_property
    def blank(self) -> Tensor:
        """Return the mean response to blank grey frames at each grid position, float32, (P, D).

        At the grid that it was trained for it is shipped, in float32 for all number formats: it is as near
        to what bfloat16 would give as two pictures in bfloat16 are to each other.

        Raises:
            EncoderError: The file is missing or altered.
        """
        if self.facts.grid == FACTS.grid:
            return StoredWeights(BLANK, sha256=BLANK_SHA256)["blank"]
        return self.encode(blank_frames(self.facts.input_size)).features.mean(0)

    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of each frame, float32, on the CPU.

        Args:
            rgb: Pictures as displayed, uint8, (T, H, W, 3).

        Raises:
            EncoderError: The tower returned values that are not finite.
            MemoryError: Memory does not suffice for so many frames.
        """
        with memory_errors(), torch.no_grad():
            tokens = self.tower(self.pictures(rgb))
        check_finite(tokens.features, self.facts)
        check_finite(tokens.pooled, self.facts)
        return tokens.cpu()

    def pictures(self, rgb: npt.NDArray[np.uint8]) -> Tensor:
        """Return what the tower is given of pictures as displayed: normalised, float32, (T, 3, H, W)."""
        pictures = squash(rgb, self.facts.input_size).to(self.facts.device).float()
        return (pictures - self._mean) / self._std

    def encode_text(self, text: str) -> Tensor | None:  # noqa: ARG002
        """Return None: this encoder has no text tower."""
        return None


def make(choice: EncoderChoice) -> EmbeddedEncoder:
    """Return the encoder with its shipped weights.

    Raises:
        PlanError: There is no such device or number format.
        EncoderError: The weights are missing or altered.
    """
    return EmbeddedEncoder(device=check_device(choice.device), precision=choice.precision)
