"""The embedded encoder with PVC: fewer tokens a frame, each frame's with what earlier frames told."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.embedded import EmbeddedEncoder
from tokcomp_cli.encoders.geometry import check_finite
from tokcomp_cli.encoders.memory import memory_errors
from tokcomp_cli.errors import PlanError
from tokcomp_cli.learned.pvc.checkpoint import PvcCard, read_pvc
from tokcomp_cli.learned.pvc.network import Pvc


class PvcEncoder:
    """Reads the frames of a clip in order of time.

    Attributes:
        card: Of the checkpoint.
    """

    def __init__(self, encoder: EmbeddedEncoder, net: Pvc, card: PvcCard) -> None:
        """Take an encoder and a network with its card.

        Raises:
            EvidenceError: The network was trained on another encoder, or at another grid.
        """
        card.check(encoder.facts)
        self.card, self._encoder, self._net = card, encoder, net.to(encoder.facts.device)

    @classmethod
    def of(cls, path: str | Path, encoder: EmbeddedEncoder) -> "PvcEncoder":
        """Return the encoder with a checkpoint.

        Raises:
            EvidenceError: There is none, it was altered, or it is for another encoder.
        """
        return cls(encoder, *read_pvc(Path(path)))

    def full(self, rgb: npt.NDArray[np.uint8], seconds: Tensor) -> FrameTokens:
        """Return all tokens of each frame, float32, on the CPU.

        Args:
            rgb: Frames of one clip as displayed, in order of time, uint8, (T, H, W, 3).
            seconds: Time of each frame since the first one, float32, (T,).

        Raises:
            PlanError: There are more frames than in a training clip, or times do not fit.
            EncoderError: The tower returned values that are not finite.
            MemoryError: Memory does not suffice for so many frames.
        """
        self._check_times(len(rgb), seconds)
        tower, net = self._encoder.tower, self._net
        with memory_errors(), torch.no_grad():
            begun = tower.begun(self._encoder.normalised(rgb), net.begin)
            found = net.full(tower, begun[None], seconds[None].to(begun.device))
        check_finite(found.features, self._encoder.facts)
        return found.cpu()

    def encode(self, rgb: npt.NDArray[np.uint8], seconds: Tensor, *, num_keep: int | None = None) -> Tensor:
        """Return so many tokens of each frame, float32, CPU, (T, K, D), in raster order of their cells.

        Args:
            rgb: Frames of one clip as displayed, in order of time, uint8, (T, H, W, 3).
            seconds: Time of each frame since the first one, float32, (T,).
            num_keep: As in training, which is also what None means.

        Raises:
            PlanError: The checkpoint was trained at another count; else as in `full`.
        """
        card, net = self.card, self._net
        if num_keep not in (None, card.num_keep):
            raise PlanError(
                f"this PVC checkpoint was trained at {card.num_keep} tokens a frame, and {num_keep} were "
                "asked for; ask for so many, or use a method of any count, as ward"
            )
        device, blank = self._encoder.facts.device, self._encoder.blank
        content = (self.full(rgb, seconds).features - blank) / card.scale
        with torch.no_grad():
            short = net.short(content[None].to(device), seconds[None].to(device))[0]
            return (short * card.scale + net.squeeze.mean(blank.to(device))).cpu()

    def _check_times(self, frames: int, seconds: Tensor) -> None:
        if frames > self.card.frames:
            raise PlanError(
                f"this PVC checkpoint was trained on clips of {self.card.frames} frames, and {frames} were "
                "given; give at most so many at once"
            )
        if seconds.shape != (frames,) or bool((seconds.diff() <= 0).any()):
            raise PlanError(
                f"`seconds` takes a rising time for each of {frames} frames; got {seconds.tolist()}"
            )
