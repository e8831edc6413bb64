"""What a method is: a name, a pure function, and where it comes from."""

from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from tokcomp_cli.core.tokens import Compressed, TokenSet

Need = Literal["saliency", "keys", "text", "seed"]


class Compress(Protocol):
    """A spatial method: the tokens of one merged frame in, `num_keep` or fewer out."""

    def __call__(self, tokens: TokenSet, *, num_keep: int, generator: torch.Generator) -> Compressed:
        """Return the kept tokens, their sizes and the owner of each input.

        Args:
            tokens: Tokens of one merged frame in raster order, N of them.
            num_keep: Tokens to keep, 1 to N; a grid method takes the nearest count below.
            generator: Source of all randomness.
        """


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """What a new frame is compared with.

    Attributes:
        mean: Running mean of the frames that the open merged frame owns, (P, D).
        previous: The frame before, (P, D).
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
        self, frame: Tensor, group: OpenGroup, *, threshold: float, statistic: str, every: int
    ) -> Decision:
        """Return what becomes of a frame.

        Args:
            frame: Patch tokens of the new frame, (P, D).
            group: The open merged frame.
            threshold: Similarity above which a frame joins.
            statistic: `mean`, `p10` or `min` over co-located cosines.
            every: For `uniform`: frames that one kept frame stands for.
        """


class CompressVideo(Protocol):
    """A temporal method that works on the tokens of a whole video: `num_keep` out of all of them."""

    def __call__(self, features: Tensor, *, num_keep: int, saliency: Tensor | None) -> Compressed:
        """Return the kept tokens, their sizes and the owner of each input, in frame-raster order.

        Every method lands on `num_keep` exactly. A dropped patch that repeats an earlier token at its
        position is owned by it; one that nothing stands for has owner -1.

        Args:
            features: Patch tokens of every frame, each of size 1, float32, (T, P, D).
            num_keep: Tokens to keep, 1 to T * P.
            saliency: Saliency of each patch, (T, P), or None.
        """


@dataclass(frozen=True, slots=True)
class Variant:
    """The same method by another reading, most often the original with its defects.

    Attributes:
        name: Users write `method:name`.
        rule: What it does otherwise, in a sentence.
        compress: Its function.
        needs: What it needs of an encoder or the user.
        merges: As in `Method`.
        weighted: As in `Method`.
    """

    name: str
    rule: str
    compress: Compress
    needs: frozenset[Need] = frozenset()
    merges: bool = True
    weighted: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """A row of the table of methods.

    Exactly one of `compress` (spatial), `decide` and `compress_video` (temporal) is there.

    Attributes:
        name: As users write it.
        stage: `spatial` or `temporal`.
        compress: The spatial method's function, or None.
        decide: The function of a temporal method that merges frames as they come, or None.
        compress_video: The function of a temporal method that chooses tokens over the whole video, or
            None. With such a method every frame is its own merged frame.
        rule: What it does, in a sentence.
        paper: Where it comes from: arXiv id, or another plain reference.
        needs: What it needs of an encoder or the user.
        merges: Whether a kept token is the mean of what it owns; else it is one of the inputs.
        weighted: Whether a kept token is neither, but a weighted sum: what it loses has to be measured on
            the vectors that it returned, as it does not follow from the owners.
        any_count: Whether it lands on every count; else on the nearest grid below.
        defaults: Its constants, by name.
        deviations: Where it differs from the paper or its code, and why.
        variants: Other readings.
    """

    name: str
    stage: Literal["spatial", "temporal"]
    rule: str
    paper: str
    compress: Compress | None = None
    decide: Decide | None = None
    compress_video: CompressVideo | None = None
    needs: frozenset[Need] = frozenset()
    merges: bool = True
    weighted: bool = False
    any_count: bool = True
    defaults: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
