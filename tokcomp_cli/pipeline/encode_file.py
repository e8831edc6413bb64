"""The tokens of a file's frames, before anything is compressed."""

from dataclasses import dataclass

from torch import Tensor

from tokcomp_cli.core.timing import Clock, unwatched
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.pipeline.token_buffer import TokenBuffer
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve
from tokcomp_cli.reading.read_file import read_file


@dataclass(frozen=True, slots=True, repr=False)
class EncodedFile:
    """The patch tokens of a file's sampled frames.

    Attributes:
        features: Patch tokens, float32, (T, P, D).
        saliency: Saliency of the patches, float32, (T, P).
        keys: Attention keys, float32, (T, P, K), or None.
        text: Patches in the space of the text embedding, float32, (T, P, E), or None.
        blank: The encoder's response to blank frames, float32, (P, D).
        grid: Rows and columns of patches.
        frame_index: The file's number of each frame.
        pts_seconds: Presentation time of each.
    """

    features: Tensor
    saliency: Tensor
    keys: Tensor | None
    text: Tensor | None
    blank: Tensor
    grid: tuple[int, int]
    frame_index: tuple[int, ...]
    pts_seconds: tuple[float, ...]

    def __repr__(self) -> str:
        frames, patches, dim = self.features.shape
        return f"EncodedFile({frames} frames x {patches} patches x {dim}, grid {self.grid[0]}x{self.grid[1]})"


def encode_file(path: str, plan: Plan, encoder: Encoder) -> EncodedFile:
    """Return the tokens of a file's sampled frames.

    Raises:
        MediaError: The file cannot be read.
        PlanError: The tokens do not fit into memory.
    """
    clock = Clock()
    settings = resolve(plan, encoder.facts)
    buffer = TokenBuffer(settings, encoder.blank, clock, Pictures(), why="encode", extras=True)
    seen = read_file(path, plan.but(gate="off"), encoder, [buffer], clock, unwatched).seen
    video = buffer.video()
    return EncodedFile(
        video.whole,
        video.saliency,
        video.keys,
        video.text,
        encoder.blank,
        encoder.facts.grid,
        tuple(seen.frame_index),
        tuple(seen.pts_seconds),
    )
