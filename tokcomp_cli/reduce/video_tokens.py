"""All frames' tokens in memory at once, for what cannot be done frame by frame."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.errors import PlanError

HELD_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class VideoTokens:
    """The tokens of every frame.

    Attributes:
        features: Patch tokens, float32, (T, P, D).
        saliency: Saliency of the patches, float32, (T, P).
        keys: Attention keys, float32, (T, P, K), or None.
        text: Patches in the space of the text embedding, float32, (T, P, E), or None.
        signals: Measures of each frame's picture.
        pictures: Frames resized to the encoder's input, uint8, (T, H, W, 3), or None.
    """

    features: Tensor
    saliency: Tensor
    keys: Tensor | None
    text: Tensor | None
    signals: tuple[ImageSignals, ...]
    pictures: npt.NDArray[np.uint8] | None


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
    fit = max(1, limit // (facts.num_patches * facts.dim * 4))
    if frames > fit:
        raise PlanError(
            f"{why} needs the tokens of all {frames} frames in memory and {fit} of them fit into "
            f"{limit / 2**30:.3g} GiB; use `max_frames` {fit}, a lower `fps`, or `start` and `end`"
        )
