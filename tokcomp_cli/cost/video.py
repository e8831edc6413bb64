"""Formulas of videos: which frames a model takes of itself, and what they cost."""

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from tokcomp_cli.cost.resized import WIDEST_RATIO, whole_patches
from tokcomp_cli.cost.seen import PictureRule, Seen

Rounding = Literal["down", "up", "nearest"]


@dataclass(frozen=True, slots=True)
class Clip:
    """What of a video its cost depends on.

    Attributes:
        width: As displayed, in pixels.
        height: As displayed, in pixels.
        frames: In the file.
        seconds: From the first frame to the end of the last.
    """

    width: int
    height: int
    frames: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Sampler:
    """How many frames a model takes: a rate within bounds, or a number.

    Attributes:
        fps: Frames a second; None where `frames` is given.
        frames: Frames whatever the length; fewer where the file has fewer.
        min_frames: Fewest frames, where the file has them.
        max_frames: Most frames; None for no bound.
        rounding: Of seconds × fps.
        multiple: The count is a multiple of this.
        billed_by_time: Whether seconds are counted though the file has fewer frames.
    """

    fps: float | None = None
    frames: int | None = None
    min_frames: int = 1
    max_frames: int | None = None
    rounding: Rounding = "down"
    multiple: int = 1
    billed_by_time: bool = False

    def count(self, clip: Clip) -> int:
        """Return the number of frames, at least 1."""
        wanted = float(self.frames) if self.fps is None and self.frames else clip.seconds * (self.fps or 1.0)
        bounds = [max(_rounded(round(wanted, 6), self.rounding), self.min_frames)]
        bounds += [] if self.billed_by_time else [clip.frames]
        bounds += [] if self.max_frames is None else [self.max_frames]
        return max(min(bounds) // self.multiple * self.multiple, 1)


def _rounded(value: float, rounding: Rounding) -> int:
    if rounding == "nearest":
        return round(value)
    return math.floor(value) if rounding == "down" else math.ceil(value)


class VideoRule(Protocol):
    """A formula of a video with its parameters."""

    def video(self, clip: Clip, frames: int) -> Seen:
        """Return what a video costs.

        Args:
            clip: The file.
            frames: Frames that the model takes.
        """
        ...


@dataclass(frozen=True, slots=True)
class PerFrame:
    """An amount a frame, whatever its size.

    Attributes:
        per_frame: Tokens of each frame.
        extra: Tokens once.
        side: Of the square that a frame is brought to, in pixels; 0 where nobody says.
    """

    per_frame: int
    extra: int = 0
    side: int = 0

    def video(self, clip: Clip, frames: int) -> Seen:  # noqa: ARG002 a frame of any size costs the same
        """Return the cost."""
        more = f" + {self.extra}" if self.extra else ""
        how = f"{frames} frames × {self.per_frame}{more}"
        size = (self.side, self.side) if self.side else None
        return Seen(frames * self.per_frame + self.extra, how, size)


@dataclass(frozen=True, slots=True)
class AsPictures:
    """Each frame as a picture.

    Attributes:
        rule: Of a picture.
    """

    rule: PictureRule

    def video(self, clip: Clip, frames: int) -> Seen:
        """Return the cost."""
        one = self.rule.picture(clip.width, clip.height)
        if one.tokens is None:
            return one
        return Seen(frames * one.tokens, f"{frames} frames × {one.tokens:,}", one.size)


@dataclass(frozen=True, slots=True)
class SharedPixels:
    """Pairs of frames of one size, bounded each and together (Qwen2-VL, Qwen2.5-VL).

    Attributes:
        patch: Side of what becomes one token of a pair of frames, in pixels.
        min_pixels: Fewest pixels of a frame.
        max_pixels: Most pixels of a frame.
        total_pixels: Most pixels of all pairs; never below 1.05 times `min_pixels` a frame.
    """

    patch: int
    min_pixels: int
    max_pixels: int
    total_pixels: int

    def video(self, clip: Clip, frames: int) -> Seen:
        """Return the cost."""
        most = max(min(self.max_pixels, self.total_pixels * 2 // frames), int(self.min_pixels * 1.05))
        return _pairs(clip, frames, self.patch, self.min_pixels, most, together=1)


@dataclass(frozen=True, slots=True)
class VideoPixels:
    """Pairs of frames of one size, with bounds on the pixels of the whole video (Qwen3-VL).

    Attributes:
        patch: Side of what becomes one token of a pair of frames, in pixels.
        min_pixels: Fewest pixels of all frames.
        total_pixels: Most pixels of all frames.
        frame_tokens: Most tokens' worth of pixels of one frame; 0 for no bound.
    """

    patch: int
    min_pixels: int
    total_pixels: int
    frame_tokens: int = 0

    def video(self, clip: Clip, frames: int) -> Seen:
        """Return the cost; a side shorter than a patch is first brought to one."""
        most = self.total_pixels
        if self.frame_tokens:
            each = min(self.frame_tokens * self.patch**2, self.total_pixels // frames)
            most = max(each, int(self.min_pixels * 1.05)) * frames
        width, height = clip.width, clip.height
        if min(width, height) < self.patch:
            scale = max(self.patch / height, self.patch / width)
            width, height = int(width * scale), int(height * scale)
        grown = Clip(width, height, clip.frames, clip.seconds)
        return _pairs(grown, frames, self.patch, self.min_pixels, most, together=frames)


def _pairs(clip: Clip, frames: int, patch: int, min_pixels: int, max_pixels: int, *, together: int) -> Seen:
    """Return the cost of frames in pairs; `together` frames share the bounds."""
    if max(clip.width, clip.height) > WIDEST_RATIO * min(clip.width, clip.height):
        return Seen(None, f"refused: one side is more than {WIDEST_RATIO} times the other")
    across, down = whole_patches(clip.width, clip.height, patch, min_pixels, max_pixels, frames=together)
    pairs = -(-frames // 2)
    how = f"{pairs} pairs of frames × {across}×{down} patches of {patch} px"
    return Seen(pairs * across * down, how, (across * patch, down * patch))
