"""What an encoder is and how it saw the pictures."""

from dataclasses import dataclass
from typing import Literal

Fit = Literal["squash", "crop", "pad"]
Interpolation = Literal["bicubic", "bilinear"]


@dataclass(frozen=True, slots=True)
class EncoderFacts:
    """What the encoder is and how it saw the pictures.

    Attributes:
        name: As asked for.
        architecture: In words.
        weights_sha256: Hash of the weights, or None where there are none.
        grid: Rows and columns of patch tokens of a frame.
        patch_size: Patch side in pixels.
        input_size: Height and width of the input in pixels.
        dim: Width of a token.
        layer: Which layer the tokens are read from.
        saliency: What the saliency is.
        preprocessing: How a picture is brought to the input size.
        text: Whether there is a text tower.
        floor: Least content energy of a patch for `explained` (docs/numbers.md).
        threshold: Default similarity above which a frame joins the open merged frame.
        similarity: Default statistic over co-located cosines: `mean`, `p10` or `min`.
        calibrated: Whether floor and threshold were chosen on real files for this encoder.
        dtype: Number format of the forward pass.
        device: Where the forward pass runs.
        fit: How a picture's aspect ratio is reconciled with the input's.
        interpolation: Kernel that brings a picture to the input size, antialiased.
        fill: Level of what lies outside a padded picture, 0-255.
        notes: What a user should know of how the tower is read, each a short sentence.
    """

    name: str
    architecture: str
    weights_sha256: str | None
    grid: tuple[int, int]
    patch_size: int
    input_size: tuple[int, int]
    dim: int
    layer: str
    saliency: str
    preprocessing: str
    text: bool
    floor: float
    threshold: float
    similarity: str
    calibrated: bool
    dtype: str = "float32"
    device: str = "cpu"
    fit: Fit = "squash"
    interpolation: Interpolation = "bicubic"
    fill: int = 0
    notes: tuple[str, ...] = ()

    @property
    def num_patches(self) -> int:
        """Return the patch tokens of one frame."""
        return self.grid[0] * self.grid[1]
