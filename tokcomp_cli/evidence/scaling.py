"""How features become what an answerer is given."""

from dataclasses import dataclass

from torch import Tensor

from tokcomp_cli.evidence.places import every_patch


@dataclass(frozen=True, slots=True)
class Scaling:
    """How features become what the answerer is given.

    Attributes:
        blank: Blank response of a frame, (P, D).
        scale: What content is divided by: its root mean square over training scenes.
        grid: Rows and columns of patches.
        frames: Frames of a clip, T; 1 for pictures.
    """

    blank: Tensor
    scale: float
    grid: tuple[int, int]
    frames: int = 1

    @classmethod
    def of(cls, features: Tensor, blank: Tensor, grid: tuple[int, int]) -> "Scaling":
        """Return the scaling of some scenes' features, (N, T * P, D)."""
        some, frames = features[:256].float(), features.shape[1] // len(blank)
        return cls(blank, float((some - blank.repeat(frames, 1)).square().mean().sqrt()), grid, frames)

    @property
    def blanks(self) -> Tensor:
        """Return the blank response of all frames, (T * P, D)."""
        return self.blank.repeat(self.frames, 1)

    @property
    def middles(self) -> Tensor:
        """Return the middle of each patch, (T * P, C)."""
        return every_patch(self.grid, self.frames)

    def content(self, features: Tensor) -> Tensor:
        """Return scaled content of features, float32, (B, P, D)."""
        return (features.float() - self.blanks) / self.scale
