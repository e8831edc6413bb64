"""The encoder that ships inside the package: ViT-S/16, DINOv2 lineage, 224 px (card: weights/README.md)."""

from __future__ import annotations

import hashlib
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import squash
from tokcomp_cli.core.lazy import Tensor, np, npt, torch
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.choice import EncoderChoice, Precision
from tokcomp_cli.encoders.geometry import blank_frames, check_finite
from tokcomp_cli.encoders.precision import check_device, choose
from tokcomp_cli.encoders.vit_small import PATCH, WIDTH, VitSmall
from tokcomp_cli.errors import EncoderError

WEIGHTS = Path(__file__).parent / "weights" / "vit_s16_int8.safetensors"
SHA256 = "fe92d354d31ca69ce33cc806d0bd6fd52803230f632b5e1230317a8e85fde04b"
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
    threshold=0.52,
    similarity="mean",
    calibrated=True,
)


def load_weights(path: Path) -> dict[str, Tensor]:
    """Return the float32 state, keys as in timm's `vit_small_patch16_224`.

    Matrices are stored as int8 with one float16 scale per output channel.

    Raises:
        EncoderError: The file is missing or is not the one that was shipped.
    """
    from safetensors.torch import load

    try:
        blob = path.read_bytes()
    except OSError as error:
        raise EncoderError(
            f"the weights of the embedded encoder cannot be read ({error.strerror}); reinstall tokcomp"
        ) from error
    found = hashlib.sha256(blob).hexdigest()
    if found != SHA256:
        raise EncoderError(
            f"the weights of the embedded encoder are altered: expected sha256 {SHA256[:12]}, "
            f"found {found[:12]}; reinstall tokcomp"
        )
    stored = load(blob)
    state = {}
    for name, value in stored.items():
        if name.endswith(".scale"):
            continue
        scale = stored.get(f"{name}.scale")
        state[name] = value.float()
        if scale is not None:
            state[name] *= scale.float().view(-1, *[1] * (value.ndim - 1))
    return state


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
        self._tower = VitSmall.of({k: v.to(device) for k, v in load_weights(weights).items()}, dtype)
        self._mean = torch.tensor(IMAGENET_MEAN, device=device).view(3, 1, 1) * 255
        self._std = torch.tensor(IMAGENET_STD, device=device).view(3, 1, 1) * 255

    def at_grid(self, grid: tuple[int, int]) -> EmbeddedEncoder:
        """Return the same tower for another input size, its positions interpolated.

        Args:
            grid: Rows and columns of patches; the input is 16 times as large.
        """
        other = copy(self)
        other.__dict__.pop("blank", None)
        other._tower = self._tower.at_grid(self.facts.grid, grid)
        size = (PATCH * grid[0], PATCH * grid[1])
        preprocessing = f"squash to {size[1]} x {size[0]}, bicubic; ImageNet mean and std"
        other.facts = replace(self.facts, grid=grid, input_size=size, preprocessing=preprocessing)
        return other

    @cached_property
    def blank(self) -> Tensor:
        """Return the mean response to blank grey frames at each grid position, float32, (P, D)."""
        return self.encode(blank_frames(self.facts.input_size)).features.mean(0)

    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of each frame, float32, on the CPU.

        Args:
            rgb: Pictures as displayed, uint8, (T, H, W, 3).

        Raises:
            EncoderError: The tower returned values that are not finite.
        """
        pictures = squash(rgb, self.facts.input_size).to(self.facts.device).float()
        with torch.no_grad():
            tokens = self._tower((pictures - self._mean) / self._std)
        check_finite(tokens.features, self.facts)
        check_finite(tokens.pooled, self.facts)
        return tokens.cpu()

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
