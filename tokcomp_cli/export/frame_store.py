"""The content of a video's frames, as many as memory is set aside for; those most alike give way."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.export.choice import Apart
from tokcomp_cli.export.screens import Screens
from tokcomp_cli.fidelity.metrics import patch_weights
from tokcomp_cli.reading.frame_pass import EncodedFrames

HELD_BYTES = 128 * 2**20
MOST_FRAMES = 1024
ROWS = 64


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame.

    Attributes:
        ordinal: Its place among the sampled frames.
        content: Its content, float16, (P, D).
        counts: What each patch counts: its share of the frame's saliency, of mean 1, (P,).
        near: Squared distance to the stored frame before it.
        opens: Whether it shows other writing than the screen before.
        writing: Share of its blocks that may be writing.
        blank: Whether it shows nothing.
        weight: Frames that it speaks for: itself, and those behind it that gave way.
    """

    ordinal: int
    content: Tensor
    counts: Tensor
    near: float
    opens: bool
    writing: float
    blank: bool
    weight: int = 1


class FrameStore:
    """Keeps the content of frames as they come.

    When it is full, the one that is nearest to the frame before gives way; a frame that opens a screen does
    not, while there are others. What is kept depends on the frames alone.

    Attributes:
        frames: In order of time.
        seen: How many frames came.
    """

    def __init__(self, screens: Screens, *, held_bytes: int = HELD_BYTES, most: int = MOST_FRAMES) -> None:
        """Start without a frame.

        Args:
            screens: Tells which frames open a screen.
            held_bytes: Memory set aside for the content.
            most: Most frames to keep.
        """
        self._screens, self._bytes, self._most = screens, held_bytes, max(most, 2)
        self.frames: list[StoredFrame] = []
        self.seen = 0

    def expect(self, frames: int) -> None:
        """Take any number of frames."""

    def add(self, frames: EncodedFrames) -> None:
        """Keep the next frames; what a gate left out before them counts as the one before."""
        self._repeat(frames.leading)
        shown = zip(frames.pictures, frames.content, _counts(frames), frames.copies, strict=True)
        for picture, content, counts, copies in shown:
            told = self._screens.next(picture)
            if told.began:
                self.frames[-1] = replace(self.frames[-1], opens=True)
            near = _squared(content, self.frames[-1].content, counts) if self.frames else 0.0
            self.frames.append(
                StoredFrame(self.seen, content.half(), counts, near, False, told.writing, told.blank)
            )
            self.seen += 1
            self._repeat(copies)
            fit = max(2, self._bytes // (2 * content.numel()))
            if len(self.frames) > min(fit, self._most):
                self._give_way()

    def _repeat(self, times: int) -> None:
        if times and self.frames:
            self.frames[-1] = replace(self.frames[-1], weight=self.frames[-1].weight + times)
            self.seen += times

    def _give_way(self) -> None:
        """Leave out the frame most like the one before; that one speaks for it from now on."""

        def stays(at: int) -> tuple[bool, float]:
            one, before = self.frames[at], self.frames[at - 1]
            return one.opens or one.blank != before.blank, one.near

        at = min(range(1, len(self.frames)), key=stays)
        gone, before = self.frames.pop(at), self.frames[at - 1]
        self.frames[at - 1] = before = replace(
            before, weight=before.weight + gone.weight, opens=before.opens or gone.opens
        )
        if at < len(self.frames):
            after = self.frames[at]
            self.frames[at] = replace(after, near=_squared(after.content, before.content, after.counts))

    def close(self) -> None:
        """Have nothing left to do."""

    def apart(self) -> Apart:
        """Return how far the kept frames are from each other, patches counting by saliency."""
        weight = np.asarray([frame.weight for frame in self.frames], dtype=np.float64)
        blank = np.asarray([frame.blank for frame in self.frames])
        counted = weight if blank.all() else weight * ~blank
        counts = torch.stack([frame.counts for frame in self.frames])
        mean = torch.zeros(self.frames[0].content.shape[1], dtype=torch.float64)
        for frame, share in zip(self.frames, (counted / counted.sum()).tolist(), strict=True):
            mean += (frame.content.double() * frame.counts.double()[:, None]).mean(0) * share
        blocks = [slice(at, at + ROWS) for at in range(0, len(self.frames), ROWS)]
        squared = torch.empty(len(self.frames), len(self.frames), dtype=torch.float64)
        norms = torch.cat([self._rows(one, mean).square().sum(2) for one in blocks])  # (T, P)
        for one in blocks:
            counted = (self._rows(one, mean) * counts[one][:, :, None]).flatten(1)
            for other in blocks:
                dots = counted @ self._rows(other, mean).flatten(1).T
                squared[one, other] = (counts[one] @ norms[other].T).double() - 2 * dots.double()
        energies = (counts * norms).sum(1).double()
        squared = (squared + energies[:, None]).clamp(min=0).fill_diagonal_(0)
        opens = np.asarray([frame.opens for frame in self.frames])
        own = [float(frame.content.float().square().sum(1) @ frame.counts) for frame in self.frames]
        return Apart(squared.numpy(), weight, opens, energies.numpy(), blank, np.asarray(own))

    def squared_to(self, content: Tensor) -> Tensor:
        """Return the squared distance of each kept frame to another one, (P, D), float64, (T,)."""
        other = content.half()
        found = [_squared(frame.content, other, frame.counts) for frame in self.frames]
        return torch.tensor(found, dtype=torch.float64)

    def _rows(self, which: slice, mean: Tensor) -> Tensor:
        return torch.stack([frame.content for frame in self.frames[which]]).float() - mean.float()


def _counts(frames: EncodedFrames) -> Tensor:
    """Return what each patch of each frame counts, (B, P)."""
    return torch.empty(0) if frames.tokens is None else patch_weights(frames.tokens.saliency)


def _squared(content: Tensor, other: Tensor, counts: Tensor) -> float:
    return float((content.float() - other.float()).square().sum(1) @ counts)
