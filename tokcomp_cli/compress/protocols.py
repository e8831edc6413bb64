"""What a method has to be: the functions of the two stages, and what they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.core.lazy import Generator, Tensor
from tokcomp_cli.core.tokens import Compressed, TokenSet

Need = Literal["saliency", "keys", "text", "seed"]


class Compress(Protocol):
    """A spatial method: the tokens of one merged frame in, `num_keep` or fewer out."""

    def __call__(self, tokens: TokenSet, *, num_keep: int) -> Compressed:
        """Return the kept tokens, their sizes and the owner of each input.

        Kept features are on the device and of the dtype of the input's; gradients pass through them.

        Args:
            tokens: Tokens of one merged frame in raster order, N of them.
            num_keep: Tokens to keep, 1 to N; a grid method takes the nearest count below.

        Raises:
            PlanError: The tokens lack what the method needs.
        """


class CompressAtRandom(Protocol):
    """A spatial method that draws: its `needs` hold `seed`."""

    def __call__(self, tokens: TokenSet, *, num_keep: int, generator: Generator) -> Compressed:
        """Return as `Compress` does; all randomness comes from `generator`."""


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """What a new frame is compared with.

    Attributes:
        mean: Content of the running mean of the frames that the open merged frame owns, (P, D).
        previous: Content of the frame before, (P, D).
        frames: Frames in the open merged frame so far.
    """

    mean: Tensor
    previous: Tensor
    frames: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a frame joins the open merged frame, and how.

    Attributes:
        joins: False opens a new merged frame.
        similarity: With what it was compared, in [-1, 1].
        weight: Weight of the new frame in the merged tokens; None for the running mean.
        owned: False drops the frame's tokens; the merged frame's tokens stand for them.
    """

    joins: bool
    similarity: float
    weight: float | None = None
    owned: bool = True


class Decide(Protocol):
    """A temporal method that decides frame by frame."""

    def __call__(
        self, frame: Tensor, group: OpenGroup, *, threshold: float, alike: ContentSimilarity, every: int
    ) -> Decision:
        """Return what becomes of a frame.

        Args:
            frame: Content of the new frame's patches, (P, D).
            group: The open merged frame.
            threshold: Similarity above which a frame joins.
            alike: Compares the content of two grids.
            every: For `uniform`: frames that one kept frame stands for.
        """


class CompressVideo(Protocol):
    """A temporal method that works on the tokens of a whole video: `num_keep` out of all of them."""

    def __call__(self, features: Tensor, *, num_keep: int, saliency: Tensor | None) -> Compressed:
        """Return the kept tokens, their sizes and the owner of each input, in frame-raster order.

        Every method lands on `num_keep` exactly. A dropped patch that repeats an earlier token at its
        position is owned by it; one that nothing stands for has owner -1.

        Args:
            features: Patch tokens of every frame, each of size 1, (T, P, D).
            num_keep: Tokens to keep, 1 to T * P.
            saliency: Saliency of each patch, (T, P), or None.
        """
