"""All frames' tokens in memory at once, for what cannot be done frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.memory import available_bytes
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.errors import PlanError
from tokcomp_cli.reduce.frame_rows import HalfFrames

HELD_BYTES = 2**30
WORKING, MORE = 5.75, {"space-time": 7.75}
"""What a method over a whole video takes at its peak, measured: times all tokens in single precision."""


@dataclass(frozen=True, slots=True)
class VideoTokens:
    """The tokens of every frame.

    Attributes:
        features: Patch tokens, (T, P, D): in float32, or many of them in half precision.
        saliency: Saliency of the patches, float32, (T, P).
        keys: Attention keys, float32, (T, P, K), or None.
        text: Patches in the space of the text embedding, float32, (T, P, E), or None.
        signals: Measures of each frame's picture.
        pictures: Frames resized to the encoder's input, uint8, (T, H, W, 3), or None.
    """

    features: Tensor | HalfFrames
    saliency: Tensor
    keys: Tensor | None
    text: Tensor | None
    signals: tuple[ImageSignals, ...]
    pictures: npt.NDArray[np.uint8] | None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return frames, patches and channels."""
        frames, patches, dim = self.features.shape
        return frames, patches, dim

    @property
    def frames(self) -> Iterator[Tensor]:
        """Yield the patch tokens of each frame, float32, (P, D)."""
        return (self.features[ordinal] for ordinal in range(len(self.features)))

    @property
    def whole(self) -> Tensor:
        """Return the patch tokens of all frames, float32, (T, P, D); made at each use from halved ones."""
        return self.features.make() if isinstance(self.features, HalfFrames) else self.features


def check_room(frames: int, facts: EncoderFacts, *, why: str, limit: int | None = None) -> None:
    """Check that the tokens of so many frames may be held.

    Args:
        frames: Frames to hold.
        facts: Of the encoder.
        why: What needs them all, for the message.
        limit: Bytes; None for 1 GiB.

    Raises:
        PlanError: They do not fit.
    """
    limit = HELD_BYTES if limit is None else limit
    fit = max(1, limit // _bytes_a_frame(facts))
    if frames > fit:
        raise PlanError(
            f"{why} needs the tokens of all {frames} frames in memory and {fit} of them fit into "
            f"{limit / 2**30:.3g} GiB; use `max_frames` {fit}, a lower `fps`, or `start` and `end`"
        )


def check_memory(frames: int, facts: EncoderFacts, *, method: str, available: int | None = None) -> None:
    """Check before it starts that a method over a whole video will find the memory that it takes.

    Args:
        frames: Frames among whose tokens it chooses.
        facts: Of the encoder.
        method: Its name.
        available: Bytes that can be had; None for those of the machine.

    Raises:
        PlanError: It will not.
    """
    room = available_bytes() if available is None else available
    each = MORE.get(method.partition(":")[0], WORKING) * _bytes_a_frame(facts)
    if room is not None and (needed := frames * each) > room:
        fit = max(1, int(room / each))
        raise PlanError(
            f"`temporal` {method} will need an estimated {needed / 2**30:.3g} GiB for {frames} frames, and "
            f"{room / 2**30:.3g} GiB can be had; use `max_frames` {fit}, a lower `fps`, or `start` and `end`"
        )


def _bytes_a_frame(facts: EncoderFacts) -> int:
    return facts.num_patches * facts.dim * 4
